"""Giving events to those who listen: as streams, and to functions."""

from __future__ import annotations

import asyncio
import inspect
import logging
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, Generic, TypeVar

from palaver_wire.client import ClientError, StreamOverrun

_log = logging.getLogger("palaver_client")

K = TypeVar("K")
_DRAIN = 5.0  # Seconds that functions have at the end for what they have not handled yet.


class Stream(AsyncIterator[K], Generic[K]):
    """The events of one kind from now on. Reading raises what ended it, after all that came before."""

    def __init__(self, kind: type[K] | None, limit: int) -> None:
        self._kind = kind
        self._limit = limit
        self._waiting: deque[K] = deque()
        self._end: Exception | None = None
        self._news = asyncio.Event()

    def put(self, event: Any) -> None:
        """Take an event, if it is of this kind."""
        if self._end is not None or not (self._kind is None or isinstance(event, self._kind)):
            return
        if len(self._waiting) >= self._limit:
            self.end(StreamOverrun(f"{self._limit} events wait to be read; what came after them is lost here"))
            return
        self._waiting.append(event)
        self._news.set()

    def end(self, error: Exception | None) -> None:
        """End the stream, with an error or quietly."""
        self._end = self._end or error or StopAsyncIteration()
        self._news.set()

    async def __anext__(self) -> K:
        while not self._waiting:
            if self._end is not None:
                raise self._end
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()


class Streams:
    """Everybody who listens to one client. A stream that nobody holds any more is no longer filled."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._streams: weakref.WeakSet[Stream[Any]] = weakref.WeakSet()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: tuple[ClientError | None] | None = None

    def stream(self, kind: type[K] | None) -> Stream[K]:
        """Return what is told from now on."""
        stream = Stream(kind, self._limit)
        if self._ended is not None:
            stream.end(self._ended[0])
        self._streams.add(stream)
        return stream

    def on(self, kind: type[K], handle: Callable[[K], object]) -> Callable[[], None]:
        """Call a function with each event of a kind, one after the other; return what ends that."""
        task = asyncio.create_task(_handle(self.stream(kind), handle))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return partial(_cancel, task)

    def tell(self, event: object) -> None:
        """Give an event to everybody."""
        for stream in list(self._streams):
            stream.put(event)

    def end(self, error: ClientError | None) -> None:
        """End all streams, and those that are asked for later."""
        self._ended = (error,)
        for stream in list(self._streams):
            stream.end(error)

    async def close(self) -> None:
        """End all streams, and wait for the functions."""
        self.end(None)
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=_DRAIN)
            for task in late:
                task.cancel()


async def _handle(stream: Stream[K], handle: Callable[[K], object]) -> None:
    try:
        async for event in stream:
            try:
                result = handle(event)
                if inspect.isawaitable(result):
                    await result
            except Exception:
                _log.exception("a function that was given to on() failed with %s", type(event).__name__)
    except ClientError as error:
        _log.warning("a function that was given to on() hears no more: %s", error)


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
