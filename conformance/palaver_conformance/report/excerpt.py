"""The part of a wire log around a failure."""

from collections.abc import Sequence
from dataclasses import dataclass

from palaver_conformance.evidence.trace import ENDED, Entry

_FRAMES = 12
_AFTER = 3


@dataclass(frozen=True)
class Excerpt:
    """Some entries of a log, and how many stand before and after them."""

    before: int
    entries: Sequence[Entry]
    after: int


def excerpt(wire: Sequence[Entry], frames: int = _FRAMES) -> Excerpt:
    """Return about so many entries around what the judge objected to first, or else before the scenario's end.

    What came when the connections were closed behind it explains nothing.
    """
    ended = next((at for at, entry in enumerate(wire) if entry.direction == "==" and entry.text == ENDED), len(wire))
    objected = next((at for at, entry in enumerate(wire) if entry.direction == "!!"), None)
    end = ended if objected is None else min(objected + 1 + _AFTER, len(wire))
    start = max(0, end - frames)
    return Excerpt(start, wire[start:end], len(wire) - end)
