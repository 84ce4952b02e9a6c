"""A text in pieces."""

import json

import pytest

from palaver_conformance.drivers.pieces import pieces


@pytest.mark.parametrize("count", [1, 2, 50])
def test_pieces_are_so_many_and_mean_the_same(count: int) -> None:
    """None is empty, and together they are the same JSON."""
    found = pieces('{"a":1}', count)
    assert len(found) == count
    assert all(found)
    assert json.loads("".join(found)) == {"a": 1}
