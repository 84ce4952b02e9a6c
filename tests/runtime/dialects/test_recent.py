"""What is made of a value once, and used twice."""

from dataclasses import dataclass

from palaver_runtime.dialects._recent import Recent


@dataclass(frozen=True)
class _Value:
    number: int


def test_same_value_is_made_once() -> None:
    """Whoever asks again soon gets what was made before."""
    made: list[_Value] = []
    recent = Recent(lambda value: made.append(value) or [value.number])
    value = _Value(1)
    assert recent(value) is recent(value)
    assert made == [value]


def test_equal_values_are_told_apart() -> None:
    """Only the very same value is known again: another may be equal and yet look otherwise, as 1 and True do."""
    recent = Recent(lambda value: [value])
    first, second = _Value(1), _Value(1)
    assert recent(first) is not recent(second)
    assert recent(second)[0] is second


def test_what_is_remembered_is_bounded() -> None:
    """Values are let go of; one that is asked for after that is made anew, and right, whatever stands at its place."""
    recent = Recent(lambda value: value.number)
    values = [_Value(number) for number in range(1_000)]
    assert list(map(recent, values)) == list(range(1_000))
    assert len(recent._known) + len(recent._before) <= 256
    assert [recent(_Value(number)) for number in range(1_000)] == list(range(1_000))


def test_latest_are_remembered_together() -> None:
    """A batch that is told is acknowledged from memory, whatever was told before it."""
    made: list[_Value] = []
    recent = Recent(lambda value: made.append(value) or value.number)
    for begin in (0, 30, 94):
        batch = [_Value(number) for number in range(begin, begin + 64)]
        made.clear()
        for value in batch * 2:
            recent(value)
        assert len(made) == 64
