"""Repetitions in a wire log: what happened many times over is shown once."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from palaver_conformance.report.frames import Frame, Kind

_LONGEST_PERIOD = 8
_TIMES, _FRAMES = 3, 6

T = TypeVar("T")


@dataclass(frozen=True)
class Passage(Generic[T]):
    """Some things in a row, and how many times they came."""

    steps: Sequence[T]
    times: int = 1


def folded(frames: Sequence[Frame]) -> list[Passage[Frame]]:
    """Return the frames one by one, but those that repeat an exchange as one passage: the first time it was made.

    The same is what goes the same way on the same connection under the same name, with whatever contents. Nothing is
    folded that comes less than three times, and neither is what the judge says.
    """
    return list(_fold(frames, [_likeness(frame, at) for at, frame in enumerate(frames)]))


def _likeness(frame: Frame, at: int) -> Hashable:
    if frame.kind in (Kind.MARK, Kind.OBJECTION):
        return at
    return frame.entry.connection, frame.entry.direction, frame.entry.instance, frame.label, frame.refusal


def _fold(steps: Sequence[T], likeness: Sequence[Hashable]) -> Iterator[Passage[T]]:
    at = 0
    while at < len(steps):
        period, times = max(
            ((period, _times(likeness, at, period)) for period in range(1, _LONGEST_PERIOD + 1)),
            # The longest stretch, of equally long ones the one with the shortest period.
            key=lambda found: (found[0] * found[1] if found[1] >= _TIMES else 0, -found[0]),
        )
        if times < _TIMES or period * times < _FRAMES:
            period = times = 1
        yield Passage(steps[at : at + period], times)
        at += period * times


def _times(likeness: Sequence[Hashable], start: int, period: int) -> int:
    """Return how many times what takes `period` steps comes, one after the other."""
    at = start + period
    while at < len(likeness) and likeness[at] == likeness[at - period]:
        at += 1
    return (at - start) // period
