"""Things to be done later unless something comes between."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

KeyT = TypeVar("KeyT", bound=Hashable)


class Deadlines(Generic[KeyT]):
    """Pending actions by key: at most one for each, owned here, its failure logged.

    An action that has begun is no longer pending: neither a new one for its key nor `cancel` stops it.
    """

    def __init__(self) -> None:
        self._pending: dict[KeyT, tuple[asyncio.TimerHandle, Callable[[], Awaitable[None]]]] = {}
        self._running: set[asyncio.Task[None]] = set()

    def set(self, key: KeyT, delay: float, action: Callable[[], Awaitable[None]]) -> None:
        """Run `action` in `delay` seconds, in place of what was pending for the key."""
        self.cancel(key)
        handle = asyncio.get_running_loop().call_later(delay, self._begin, key, action)
        self._pending[key] = (handle, action)

    def cancel(self, key: KeyT) -> bool:
        """Drop what is pending for a key; tell whether there was anything."""
        pending = self._pending.pop(key, None)
        if pending is None:
            return False
        pending[0].cancel()
        return True

    def __contains__(self, key: KeyT) -> bool:
        return key in self._pending

    async def finish(self) -> None:
        """Begin everything that is pending at once, and wait for it."""
        for key, (handle, action) in list(self._pending.items()):
            handle.cancel()
            self._begin(key, action)
        if self._running:
            await asyncio.wait(self._running)

    async def close(self) -> None:
        """Drop everything that is pending and wait for what has begun."""
        for handle, _ in self._pending.values():
            handle.cancel()
        self._pending.clear()
        if self._running:
            await asyncio.wait(self._running)

    def _begin(self, key: KeyT, action: Callable[[], Awaitable[None]]) -> None:
        del self._pending[key]
        task = asyncio.ensure_future(self._run(key, action))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, key: KeyT, action: Callable[[], Awaitable[None]]) -> None:
        try:
            await action()
        except Exception:
            logger.exception("the action that was due for %r failed", key)
