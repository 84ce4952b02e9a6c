"""How long a client waits for its next refusal."""

from typing import Final

_FREE_REFUSALS: Final = 200
"""Refusals for being too quick that come at once, as to a client that has fallen behind and catches up."""

_SLOWER: Final = 0.02
"""Seconds between the others; of larger events, for each unit of them."""

_UNIT: Final = 2_048
"""Bytes: to read so many takes about as long as to refuse an event."""


class Patience:
    """How long a client waits for its next refusal: who is refused over and over is read more slowly.

    A refusal costs as much as an answer, and a client may ask for it as fast as it can write.
    """

    __slots__ = ("_refusals",)

    def __init__(self) -> None:
        self._refusals = 0

    def refused(self, size: int) -> float:
        """Note the refusal of an event of some size; return the seconds to wait before it is told."""
        cost = 1 + size // _UNIT
        self._refusals += cost
        return cost * _SLOWER if self._refusals > _FREE_REFUSALS else 0.0

    def accepted(self) -> None:
        """Note what is no refusal, which makes up for one."""
        self._refusals = max(0, self._refusals - 1)
