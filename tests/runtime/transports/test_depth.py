"""How deep a JSON text is nested."""

import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver_runtime.transports.depth import refusal, too_deep, without_strings

TEXTS = st.text(alphabet='[]{}"\\a')
VALUES = st.recursive(TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))


def depth(value: object) -> int:
    """Count levels the slow way."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(VALUES, st.integers(0, 4))
def test_it_is_told_as_counting_tells_it(value: object, most: int) -> None:
    """Brackets within strings do not count, whatever else is in them."""
    assert too_deep(json.dumps(value).encode(), most) == (depth(value) > most)


@pytest.mark.parametrize(
    ("text", "deep"),
    [(b"[" * 3, True), (b"]" * 9 + b"[[", False), (b'"[[[', False), (b"[[]] [[]]", False), (b"", False)],
)
def test_text_that_is_no_json_is_judged_too(text: bytes, deep: bool) -> None:
    """What breaks off is as deep as it got, a string at its end apart; what never opens is not deep."""
    assert too_deep(text, 2) is deep


def test_refusal_says_how_deep_it_may_be() -> None:
    """Clients learn the limit."""
    assert refusal(7) == "is nested deeper than 7 levels"


@pytest.mark.parametrize("end", [b"", b'"', b"\\", b"a"])
def test_a_string_without_an_end_takes_no_longer_than_one_with(end: bytes) -> None:
    """However many quotes are escaped in it: looked at from each of them, the rest took a minute."""
    text = b"[" * 9 + b'"' + b'\\"' * 30_000 + end
    began = process_time()
    assert too_deep(text, 8)
    assert process_time() - began < 5.0
    assert without_strings(text) == b"[" * 9
