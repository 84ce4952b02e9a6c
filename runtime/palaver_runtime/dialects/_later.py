"""Answers that are still to come, for which nobody needs to wait."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")


class Later(Generic[T, R]):
    """What is made of something that is under way. It is awaited, or asked for its result once its `future` is done."""

    __slots__ = ("_make", "_source")

    def __init__(self, source: Awaitable[T], make: Callable[[T], R]) -> None:
        self._source = source
        self._make = make

    def __await__(self) -> Generator[Any, Any, R]:
        found = yield from self._source.__await__()
        return self._make(found)

    @property
    def under_way(self) -> bool:
        """Whether somebody is at it already; a coroutine is yet to be begun."""
        return isinstance(self._source, asyncio.Future)

    @property
    def future(self) -> asyncio.Future[T]:
        """Give that of which it is made; where that is a coroutine, have a task do it."""
        if not isinstance(self._source, asyncio.Future):
            self._source = asyncio.ensure_future(self._source)
        return cast("asyncio.Future[T]", self._source)

    def result(self) -> R:
        """Give it, once the future is done; raise what was raised in place of what it is made of."""
        return self._make(self.future.result())


def later(source: Awaitable[T] | T) -> Later[Any, T]:
    """Give what is awaited, or is there already, as what it is."""
    if isinstance(source, Later):
        return source
    if isinstance(source, Awaitable):
        return Later(source, _itself)
    there: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    there.set_result(source)
    return Later(there, _itself)


def after(seconds: float, error: Exception) -> Awaitable[Any]:
    """Raise an error, after a while if there are seconds to wait."""
    loop = asyncio.get_running_loop()
    failing: asyncio.Future[Any] = loop.create_future()
    if not seconds:
        failing.set_exception(error)
        return failing

    def fail() -> None:
        if not failing.done():
            failing.set_exception(error)

    loop.call_later(seconds, fail)
    return failing


def _itself(found: T) -> T:
    return found
