"""Things to be done after a while unless something comes between, for all that are due by then in one go."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

KeyT = TypeVar("KeyT", bound=Hashable)


class Together(Generic[KeyT]):
    """Keys that are due `delay` seconds after they were set, each once, however often it is set.

    What is to be done for them is done for `most` at a time, in the order in which they are due, on nobody's behalf.
    A key for which it has begun is no longer pending. A failure is logged.
    """

    def __init__(self, delay: float, most: int, action: Callable[[Sequence[KeyT]], Awaitable[None]]) -> None:
        self._delay = delay
        self._most = most
        self._action = action
        self._due: OrderedDict[KeyT, float] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None
        self._running: asyncio.Task[None] | None = None

    def set(self, key: KeyT) -> None:
        """Have a key be due after the delay, counted from now."""
        self._due[key] = asyncio.get_running_loop().time() + self._delay
        self._due.move_to_end(key)
        self._wait()

    def cancel(self, key: KeyT) -> bool:
        """Drop a key that is pending; tell whether it was."""
        return self._due.pop(key, None) is not None

    async def finish(self) -> None:
        """Do it for all that are pending at once, and wait for that."""
        for key in self._due:
            self._due[key] = 0.0
        self._stop()
        if self._running is None:
            self._begin()
        while self._running is not None:
            await asyncio.wait([self._running])

    def _wait(self) -> None:
        if self._timer is None and self._running is None:
            loop = asyncio.get_running_loop()
            wait = max(0.0, next(iter(self._due.values())) - loop.time())
            # Who was the first to be waited for has nothing to do with the others.
            self._timer = loop.call_later(wait, self._begin, context=Context())

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> None:
        self._timer = None
        self._running = asyncio.get_running_loop().create_task(self._run(), context=Context())

    async def _run(self) -> None:
        try:
            while due := self._take():
                try:
                    await self._action(due)
                except Exception:
                    logger.exception("the action that was due for %d failed", len(due))
                await asyncio.sleep(0)  # everybody else has a turn
        finally:
            self._running = None
            if self._due:
                self._wait()

    def _take(self) -> list[KeyT]:
        now = asyncio.get_running_loop().time()
        due: list[KeyT] = []
        while self._due and len(due) < self._most:
            key, moment = self._due.popitem(last=False)
            if moment > now:
                self._due[key] = moment
                self._due.move_to_end(key, last=False)
                break
            due.append(key)
        return due
