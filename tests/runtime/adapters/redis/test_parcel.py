"""Events with sender and number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver_runtime.adapters.redis import parcel
from palaver_runtime.adapters.redis.parcel import Numbers, Parcel, seal, unseal

LINES = st.binary().map(lambda line: line.replace(b"\n", b" "))


@given(st.text("0123456789abcdef", min_size=1), st.integers(0), st.lists(LINES, min_size=1))
def test_envelope_comes_back_as_it_was(sender: str, number: int, events: list[bytes]) -> None:
    """Whatever the lines of the events are, sender, number and events are read as they were written."""
    assert unseal(seal(sender, number, events)) == Parcel(sender, number, events)


@pytest.mark.parametrize("payload", [b"", b"a", b"a 1", b"a b c", b"\xff 1 c", b"a  c"])
def test_anything_else_is_refused(payload: bytes) -> None:
    """What is no parcel is a ValueError."""
    with pytest.raises(ValueError, match=r"unpack|literal|decode"):
        unseal(payload)


@given(st.lists(st.integers(1, 5), min_size=1))
def test_repetitions_are_told(repeats: list[int]) -> None:
    """A sender that begins anew at any earlier number, and goes on, has each number taken once."""
    numbers, taken, last = Numbers(), [], 0
    for back in repeats:
        start = max(1, last - back)
        taken += [each for each in range(start, last + 3) if numbers.is_new("a", each)]
        last += 2
    assert taken == list(range(1, last + 1))


def test_senders_are_apart_and_the_silent_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each sender has numbers of its own; of too many senders the one longest silent is forgotten."""
    monkeypatch.setattr(parcel, "MAX_SENDERS", 2)
    numbers = Numbers()
    assert numbers.is_new("a", 7)
    assert numbers.is_new("b", 1)
    assert numbers.is_new("a", 8)
    assert numbers.is_new("c", 1)
    assert len(numbers) == 2
    assert not numbers.is_new("a", 8)
    assert numbers.is_new("b", 1)
