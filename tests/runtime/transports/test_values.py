"""How many values a JSON text has."""

import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver_runtime.transports import values
from palaver_runtime.transports.values import MOST, too_many

TEXTS = st.text(alphabet='[]{},"\\a', max_size=20)
VALUES = st.recursive(TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))


def count(value: object) -> int:
    """Count the slow way: one for each array, object and comma."""
    if isinstance(value, dict):
        value = list(value.values())
    return sum(map(count, value)) + max(1, len(value)) if isinstance(value, list) else 0


@given(VALUES, st.integers(0, 12))
def test_it_is_told_as_counting_tells_it(value: object, most: int) -> None:
    """What stands in strings does not count, whatever it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(values, "MOST", most)
        assert too_many(json.dumps(value).encode()) == (count(value) > most)


@pytest.mark.parametrize("value", ["1,", "[],", '{"a":1},', '"",'])
def test_more_than_anybody_reads(value: str) -> None:
    """Whatever the values are."""
    assert not too_many(f"[{value * (MOST // 2 - 1)}1]".encode())
    assert too_many(f"[{value * MOST}1]".encode())


def test_strings_of_commas_are_one_value() -> None:
    """A long text, even one that does not end, is told quickly."""
    began = process_time()
    assert not too_many(b'["' + b"," * 60_000 + b'"]')
    assert not too_many(b'["' + b',\\"' * 20_000)
    assert process_time() - began < 5.0
