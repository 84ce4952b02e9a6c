"""What one client has sent and still waits for its turn."""

import asyncio
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")

Wait: TypeAlias = asyncio.Future[None] | None
"""What to wait for before more may come; None for nothing."""


class Inbox(Generic[T]):
    """Items in the order of arrival for one who takes them; whoever puts them is asked to wait while it is full."""

    __slots__ = ("_items", "_limit", "_news", "_room")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # There are few at most: to move them up costs nothing, and an empty deque has room for sixty.
        self._items: list[T] = []
        self._news: asyncio.Future[None] | None = None
        self._room: Wait = None

    def __len__(self) -> int:
        return len(self._items)

    @property
    def full(self) -> bool:
        """Whether there is no room."""
        return len(self._items) >= self._limit

    def put(self, item: T) -> Wait:
        """Add an item; return what to wait for before the next one, None when there is room."""
        self._items.append(item)
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
        if not self.full:
            return None
        if self._room is None:
            self._room = asyncio.get_running_loop().create_future()
        return self._room

    async def get(self) -> T:
        """Take the first item, once there is one."""
        while not self._items:
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        item = self._items.pop(0)
        if self._room is not None and not self.full:
            if not self._room.done():
                self._room.set_result(None)
            self._room = None
        return item
