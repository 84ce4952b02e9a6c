"""What was made of a value of late, for those who need it again at once: a message is told and acknowledged."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

V = TypeVar("V")
R = TypeVar("R")

_MOST: Final = 64
"""Values that are remembered at least, as many as one transaction sends; at most it is twice as many."""


class Recent(Generic[V, R]):
    """A function of immutable values that remembers what it gave for the latest of them; neither may be changed.

    Values are told apart by identity, which costs less than to compare them.
    """

    def __init__(self, make: Callable[[V], R]) -> None:
        self._make = make
        self._known: dict[int, tuple[V, R]] = {}
        self._before: dict[int, tuple[V, R]] = {}

    def __call__(self, value: V) -> R:
        """Give what is made of a value."""
        # What is remembered is held, so that no other value has its identity meanwhile.
        known = self._known.get(id(value)) or self._before.get(id(value))
        if known is None:
            known = value, self._make(value)
            if len(self._known) >= _MOST:
                self._before, self._known = self._known, {}
            self._known[id(value)] = known
        return known[1]
