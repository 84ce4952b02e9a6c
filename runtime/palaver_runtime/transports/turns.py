"""What one client sends, handled in order: one thing at a time, or together what keeps its order all the same."""

import asyncio
import logging
from contextvars import copy_context
from time import perf_counter
from typing import Final, Generic, TypeAlias, TypeVar

from palaver_runtime.fairness import current, metered
from palaver_runtime.transports.sockets import NOT_NOW, NotNow, Pending

logger = logging.getLogger(__name__)

T = TypeVar("T")
Wait: TypeAlias = asyncio.Future[None] | None
"""What to wait for before more may come; None for nothing."""

TOGETHER: Final = 8
"""Things of one client that are pending at the same time: so many that a few clients fill a transaction with their
messages, so few that one of them leaves room in it for others."""


class Turns(Generic[T]):
    """Handles what comes in the order of arrival, in a task that there is only while it has something to do.

    A subclass says what is done; here is when. Of `limit` things that wait, or more, whoever puts them is asked to
    wait. What can be begun without the task is, unless something is before it. While its answer is pending nothing
    else is handled, but for what keeps the order in which it is begun; that is answered in that order, too.
    """

    __slots__ = (
        *("_context", "_dropping", "_ended", "_handling", "_items", "_left", "_limit", "_pending", "_resting", "_room"),
        *("_task",),
    )

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # There are few at most: to move them up costs nothing, and an empty deque has room for sixty.
        self._items: list[T] = []
        self._pending: list[tuple[T, Pending]] = []
        # What is noted of the connection is known to all that is done for it.
        self._context = copy_context()
        self._room: Wait = None
        self._resting: Wait = None
        self._handling = False
        self._dropping = False
        self._ended = False
        self._left = False
        self._task: asyncio.Task[None] | None = None

    # -- what is done --

    @property
    def name(self) -> str:
        """What the task is called."""
        raise NotImplementedError

    def keeps_order(self, item: T) -> bool:  # noqa: ARG002 - for subclasses
        """Tell whether something takes effect in the order in which it is begun, among all of which this is so."""
        return False

    def begin(self, item: T) -> Pending | NotNow | None:  # noqa: ARG002 - for subclasses
        """Begin with what the client has sent: None if that was all; NOT_NOW, with nothing done, if it cannot be."""
        return NOT_NOW

    async def handle(self, item: T) -> Pending | None:
        """Handle what the client has sent; what keeps its order may be pending after that."""
        raise NotImplementedError

    def answer(self, item: T, pending: Pending) -> None:
        """Answer what has been done meanwhile."""
        raise NotImplementedError

    def leave(self) -> None:
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
        return not (self._handling or self._pending or self._items or self._dropping)

    def put(self, item: T) -> Wait:
        """Add something; return what to wait for before the next one, None when there is room."""
        if not self._items and self._has_begun(item):
            return None
        self._items.append(item)
        self._go_on()
        if len(self._items) < self._limit:
            return None
        if self._room is None:
            self._room = asyncio.get_running_loop().create_future()
        return self._room

    async def rest(self) -> None:
        """Handle nothing more; return when what is being handled has been."""
        self._dropping = True
        if self._handling or self._pending:
            self._resting = asyncio.get_running_loop().create_future()
            await self._resting

    def cancel(self) -> bool:
        """Give up what is being handled; tell whether there is something."""
        for _, pending in self._pending:
            pending.cancel()
        return bool(self._pending) or (self._task is not None and self._task.cancel())

    def end(self, *, drop: bool) -> None:
        """Take note that nothing more comes: what waits is handled, or thrown away to `drop` it, and that is all."""
        self._ended = True
        self._dropping = self._dropping or drop
        self._go_on()

    def _may_join(self, item: T) -> bool:
        """Tell whether something may be begun beside what is pending, if anything is."""
        pending = self._pending
        return not pending or (len(pending) < TOGETHER and not pending[-1][1].alone and self.keeps_order(item))

    def _has_begun(self, item: T) -> bool:
        """Begin with something where that can be done at once; tell whether it is so."""
        if self._handling or self._dropping or not self._may_join(item):
            return False
        begun = self.begin(item)
        if begun is NOT_NOW:
            return False
        if begun is not None:
            self._await(item, begun)
        return True

    def _await(self, item: T, pending: Pending) -> None:
        self._pending.append((item, pending))
        pending.when_done(self._answer)

    def _answer(self) -> None:
        """Answer what is done and has nothing pending before it, and go on with what waits."""
        while self._pending and self._pending[0][1].done:
            item, pending = self._pending.pop(0)
            self.answer(item, pending)
        while self._items and self._has_begun(self._items[0]):
            self._next()
        self._rest()
        self._go_on()

    def _rest(self) -> None:
        if self._resting is not None and not (self._handling or self._pending or self._resting.done()):
            self._resting.set_result(None)

    def _next(self) -> T:
        """Take the first of what waits."""
        item = self._items.pop(0)
        if self._room is not None and len(self._items) < self._limit:
            if not self._room.done():
                self._room.set_result(None)
            self._room = None
        return item

    def _go_on(self) -> None:
        if self._task is not None:
            return
        loop = asyncio.get_running_loop()
        if self._items:
            if self._may_join(self._items[0]):
                self._task = loop.create_task(self._work(), name=self.name, context=self._context)
                self._task.add_done_callback(self._done)
        elif self._is_last():
            # In a turn of its own, as whoever ends it may be in the middle of something.
            self._left = True
            loop.call_soon(self._take_leave, context=self._context)

    def _is_last(self) -> bool:
        """Tell whether nothing is left to do but to take leave."""
        return self._ended and not (self._left or self._items or self._pending)

    def _take_leave(self) -> None:
        began, account = perf_counter(), current()
        try:
            self.leave()
        finally:
            self.over()
            if account is not None:
                account.charge(perf_counter() - began)

    async def _work(self) -> None:
        # Not given to the task: one that is cancelled before it begins would leave it lying about.
        await metered(self._handle_all())

    async def _handle_all(self) -> None:
        while self._items and (self._dropping or self._may_join(self._items[0])):
            item = self._next()
            if not self._dropping:
                self._handling = True
                pending = await self.handle(item)
                self._handling = False
                if pending is not None:
                    self._await(item, pending)
                self._rest()
        if self._is_last():
            self._left = True
            self.leave()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        cancelled = task.cancelled()
        if cancelled and not self._ended:
            return  # nobody here has done that: the loop is being torn down
        error = None if cancelled else task.exception()
        if error is not None:
            logger.error("%s failed", self.name, exc_info=error)
            self.broken()
        # Whoever has come to the end has set it back.
        self._handling = False
        self._rest()
        if self._left:
            self.over()
        else:
            self._go_on()
