"""JSON that a server sent."""

import pytest

from palaver_conformance.drivers.reading import read_json


def test_json_is_read() -> None:
    """What is JSON is read, from text and from bytes."""
    assert read_json('{"a": [1, null]}') == {"a": [1, None]}
    assert read_json(b'"x"') == "x"


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5000, "NaN", "[-Infinity]", "{", "", b"\xff"])
def test_whatever_else_a_server_sends_is_refused(text: str | bytes) -> None:
    """Depth that no reader can follow, numbers that JSON does not have, half a text: ValueError, and nothing else."""
    with pytest.raises(ValueError, match=r"."):
        read_json(text)
