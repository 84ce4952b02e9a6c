"""Counts what is done, for a server that is a single instance.

The memory storage of the `limits` library sweeps its keys in threads, which costs 80 to 160 µs for each use,
several times what the handling of an event costs; so this one is our own.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from palaver_runtime.domain.limits import Rate, Use

_SECOND = 1_000_000_000
"""In nanoseconds."""

_SWEEP = 1024
"""From how many keys on the forgotten ones are looked for."""


class _Window:
    """The times of the uses that still count, oldest first; whole nanoseconds, as sums of floats are not exact."""

    __slots__ = ("length", "uses")

    def __init__(self, length: int) -> None:
        self.length: Final = length
        self.uses: Final[deque[int]] = deque()

    def drop(self, now: int) -> None:
        """Forget what counts no more."""
        while self.uses and self.uses[0] <= now - self.length:
            self.uses.popleft()


class MemoryLimiter:
    """A moving window for each key: the times of its uses, at most as many as the rate allows."""

    def __init__(self, nanoseconds: Callable[[], int] = time.monotonic_ns) -> None:
        self._nanoseconds = nanoseconds
        self._windows: dict[str, _Window] = {}
        self._sweep_at = _SWEEP

    def __len__(self) -> int:
        """Give how many keys are remembered."""
        return len(self._windows)

    async def spend(self, key: str, rate: Rate, cost: int = 1) -> float:
        """Do what `count` does."""
        return self.count(key, rate, cost)

    async def spend_all(self, uses: Sequence[Use]) -> list[float]:
        """Count several uses, each only if those before it are within their rates; give what `count` does for each."""
        waits: list[float] = []
        for use in uses:
            waits.append(self.count(use.key, use.rate, use.cost))
            if waits[-1] > 0:
                break
        return waits

    def count(self, key: str, rate: Rate, cost: int = 1) -> float:
        """Count a use of `key`; give 0.0 when it is within the rate, else the seconds until it would be.

        It counts as `cost` uses, or as many as the rate has.

        A use that is refused is not counted. A key always comes with the same rate.
        """
        now = self._nanoseconds()
        window = self._windows.get(key)
        if window is None:
            self._sweep(now)
            window = self._windows[key] = _Window(rate.seconds * _SECOND)
        window.drop(now)
        cost = min(cost, max(1, rate.count))
        over = len(window.uses) + cost - rate.count
        if over <= 0:
            window.uses.append(now)
            if cost > 1:
                window.uses.extend([now] * (cost - 1))
            return 0.0
        freeing = window.uses[over - 1] if over <= len(window.uses) else now
        return (freeing + window.length - now) / _SECOND

    def give_back(self, key: str) -> None:
        """Forget the latest use of a key, which was not made after all."""
        self._windows[key].uses.pop()

    async def settled(self) -> None:
        """Return: nothing is ever under way."""

    def _sweep(self, now: int) -> None:
        """Forget the keys without a use that counts, whenever their number has doubled since the last time."""
        if len(self._windows) < self._sweep_at:
            return
        for window in self._windows.values():
            window.drop(now)
        self._windows = {key: window for key, window in self._windows.items() if window.uses}
        self._sweep_at = max(_SWEEP, 2 * len(self._windows))
