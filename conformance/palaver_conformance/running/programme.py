"""In which order scenarios begin, so that the last ends as early as it can."""

from collections.abc import Sequence
from typing import Final

from palaver_conformance.scenario import BUSY, RANDOM, Scenario

_DRAWN: Final = 3
"""Scenarios with something drawn, at a time. One thread at a time draws: more would wait, and keep others from it."""


class Programme:
    """Scenarios that are to be run, several at a time.

    What waits begins first, then what sends much, then what is drawn, a few at a time: it takes long, and nothing is to
    be left of it when all others have ended. Otherwise they begin in the order in which they are given.
    """

    def __init__(self, scenarios: Sequence[Scenario]) -> None:
        self._left = sorted(scenarios, key=_place)
        self._drawn = 0

    def next(self) -> Scenario | None:
        """Take the next scenario; None when there is none for whoever asks now: those who are busy do the rest."""
        for number, each in enumerate(self._left):
            if RANDOM not in each.tags or self._drawn < _DRAWN:
                self._drawn += RANDOM in each.tags
                return self._left.pop(number)
        return None

    def ended(self, scenario: Scenario) -> None:
        """Take note that a scenario that was taken has ended."""
        self._drawn -= RANDOM in scenario.tags


def _place(scenario: Scenario) -> tuple[bool, bool, bool]:
    return not scenario.slow, BUSY not in scenario.tags, RANDOM not in scenario.tags
