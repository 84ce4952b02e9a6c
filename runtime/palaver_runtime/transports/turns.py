"""What one client sends, handled in order, one thing at a time."""

import asyncio
import logging
from contextvars import copy_context
from typing import Generic, TypeAlias, TypeVar

from palaver_runtime.fairness import metered

logger = logging.getLogger(__name__)

T = TypeVar("T")
Wait: TypeAlias = asyncio.Future[None] | None
"""What to wait for before more may come; None for nothing."""


class Turns(Generic[T]):
    """Handles what comes in the order of arrival, in a task that there is only while it has something to do.

    A subclass says what is done; here is when. Of `limit` things that wait, or more, whoever puts them is asked to
    wait. What can be answered without the task is so while it is `idle`; an answer that takes its time takes the turn
    for so long.
    """

    __slots__ = (
        *("_context", "_dropping", "_ended", "_items", "_left", "_limit", "_resting", "_room", "_taken", "_task"),
    )

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # There are few at most: to move them up costs nothing, and an empty deque has room for sixty.
        self._items: list[T] = []
        # What is noted of the connection is known to all that is done for it.
        self._context = copy_context()
        self._room: Wait = None
        self._resting: Wait = None
        self._taken = False
        self._dropping = False
        self._ended = False
        self._left = False
        self._task: asyncio.Task[None] | None = None

    # -- what is done --

    @property
    def name(self) -> str:
        """What the task is called."""
        raise NotImplementedError

    async def handle(self, item: T) -> None:
        """Handle what the client has sent."""
        raise NotImplementedError

    async def leave(self) -> None:
        """Take leave of the client, after all else; once."""
        raise NotImplementedError

    def broken(self) -> None:
        """End the connection: something was raised that nobody has caught, which is in the log."""
        raise NotImplementedError

    def over(self) -> None:
        """Take note that all is done."""
        raise NotImplementedError

    # -- when it is done --

    @property
    def idle(self) -> bool:
        """Whether nothing is handled, and nothing waits."""
        return not (self._taken or self._items or self._dropping)

    def put(self, item: T) -> Wait:
        """Add something; return what to wait for before the next one, None when there is room."""
        self._items.append(item)
        self._go_on()
        if len(self._items) < self._limit:
            return None
        if self._room is None:
            self._room = asyncio.get_running_loop().create_future()
        return self._room

    def take(self) -> None:
        """Begin a turn without the task; nothing else is handled until give()."""
        self._taken = True

    def give(self) -> None:
        """End the turn."""
        self._taken = False
        if self._resting is not None and not self._resting.done():
            self._resting.set_result(None)
        self._go_on()

    async def rest(self) -> None:
        """Handle nothing more; return when what is being handled has been."""
        self._dropping = True
        if self._taken:
            self._resting = asyncio.get_running_loop().create_future()
            await self._resting

    def cancel(self) -> bool:
        """Give up what is being handled; tell whether there is something."""
        return self._task is not None and self._task.cancel()

    def end(self, *, drop: bool) -> None:
        """Take note that nothing more comes: what waits is handled, or thrown away to `drop` it, and that is all."""
        self._ended = True
        self._dropping = self._dropping or drop
        self._go_on()

    def _go_on(self) -> None:
        if self._task is None and not self._taken and (self._items or (self._ended and not self._left)):
            loop = asyncio.get_running_loop()
            self._task = loop.create_task(self._work(), name=self.name, context=self._context)
            self._task.add_done_callback(self._done)

    async def _work(self) -> None:
        # Not given to the task: one that is cancelled before it begins would leave it lying about.
        await metered(self._handle_all())

    async def _handle_all(self) -> None:
        while self._items:
            item = self._items.pop(0)
            if self._room is not None and len(self._items) < self._limit:
                if not self._room.done():
                    self._room.set_result(None)
                self._room = None
            if not self._dropping:
                self._taken = True
                await self.handle(item)
                self.give()
        if self._ended and not self._left:
            self._left = True
            await self.leave()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        cancelled = task.cancelled()
        if cancelled and not self._ended:
            return  # nobody here has done that: the loop is being torn down
        error = None if cancelled else task.exception()
        if error is not None:
            logger.error("%s failed", self.name, exc_info=error)
            self.broken()
        # Only then is a turn that is taken that of the task: one that has come to its end has given its own.
        if self._taken and (cancelled or error is not None):
            self.give()
        if self._left:
            self.over()
        else:
            self._go_on()
