"""Things to be done later unless something comes between."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context
from heapq import heapify, heappop, heappush
from typing import Any, Final, Generic, TypeVar

logger = logging.getLogger(__name__)

KeyT = TypeVar("KeyT", bound=Hashable)

_MANY: Final = 64
"""Actions that were dropped and are still there, at least, before it is worth while to throw them out."""


class _Pending:
    """A key that is due at a moment, unless it was dropped.

    Not generic, which takes a third more memory once it is compiled.
    """

    __slots__ = ("dropped", "due", "key")

    def __init__(self, due: float, key: Any) -> None:
        self.due: Final = due
        self.key: Final = key
        self.dropped = False

    def __lt__(self, other: "_Pending") -> bool:
        return self.due < other.due


class Deadlines(Generic[KeyT]):
    """What is to be done for keys: pending at most once for each, owned here, its failure logged.

    What has begun is no longer pending: neither a new delay for its key nor `cancel` stops it. It is done on
    nobody's behalf. All share one timer of the loop, each of which takes more memory than all else of one.
    """

    def __init__(self, action: Callable[[KeyT], Awaitable[None]]) -> None:
        self._action = action
        self._pending: dict[KeyT, _Pending] = {}
        # With those that were dropped.
        self._queue: list[_Pending] = []
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    def set(self, key: KeyT, delay: float) -> None:
        """Have it done for a key in `delay` seconds, in place of what was pending for it."""
        self.cancel(key)
        pending = self._pending[key] = _Pending(asyncio.get_running_loop().time() + delay, key)
        heappush(self._queue, pending)
        if self._queue[0] is pending:
            self._wait()

    def cancel(self, key: KeyT) -> bool:
        """Drop what is pending for a key; tell whether there was anything."""
        pending = self._pending.pop(key, None)
        if pending is None:
            return False
        pending.dropped = True
        if len(self._queue) > 2 * len(self._pending) + _MANY:
            self._queue = [each for each in self._queue if not each.dropped]
            heapify(self._queue)
        return True

    def __contains__(self, key: KeyT) -> bool:
        return key in self._pending

    async def finish(self) -> None:
        """Begin everything that is pending at once, and wait for it."""
        pending = list(self._pending.values())
        self._forget()
        for each in pending:
            self._begin(each.key)
        if self._running:
            await asyncio.wait(self._running)

    async def close(self) -> None:
        """Drop everything that is pending and wait for what has begun."""
        self._forget()
        if self._running:
            await asyncio.wait(self._running)

    def _forget(self) -> None:
        self._pending.clear()
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        """Wait for the first that is due."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        wait = max(0.0, self._queue[0].due - loop.time())
        # Who has set one has nothing to do with the others.
        self._timer = loop.call_later(wait, self._ring, context=Context())

    def _ring(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._queue and (self._queue[0].dropped or self._queue[0].due <= now):
            pending = heappop(self._queue)
            if not pending.dropped:
                del self._pending[pending.key]
                self._begin(pending.key)
        if self._queue:
            self._wait()

    def _begin(self, key: KeyT) -> None:
        task = asyncio.get_running_loop().create_task(self._run(key))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, key: KeyT) -> None:
        try:
            await self._action(key)
        except Exception:
            logger.exception("the action that was due for %r failed", key)
