"""Connections to Redis: with a limit to every wait, never retried.

Whoever uses one knows better than the client library what a failure means and when to try again.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeVar, cast

from hiredis import HiredisError, ReplyError
from redis.asyncio import BlockingConnectionPool, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from palaver_runtime.adapters.redis.wire import Command, Opened, Reply, Wire

_E = TypeVar("_E", bound=BaseException)


class Away(Exception):
    """Redis cannot be reached, does not answer in time, or refuses a command; the message says which."""


def _pool(url: str, *, timeout: float) -> ConnectionPool:
    """Give what makes connections for a `redis://`, `rediss://` or `unix://` URL; raise ValueError for another.

    Around connecting there is to be an `asyncio.timeout`: the library's own limit is a `wait_for`, which on Python 3.11
    may swallow a cancellation.
    """
    return BlockingConnectionPool.from_url(
        url,
        socket_timeout=None,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        # The greetings of the newer protocol are commands with answers: waits, and nothing gained.
        protocol=2,
        driver_info=None,
        # A password may hold what is not UTF-8.
        encoding_errors="surrogatepass",
    )


def database_of(url: str) -> int:
    """Give the number of the database that a URL names."""
    return int(_pool(url, timeout=1).connection_kwargs.get("db", 0) or 0)


class Line:
    """One connection, made when asked and again after a failure, for who hears whatever comes.

    Whatever fails is Away, and the connection is closed then.
    """

    def __init__(self, url: str, *, timeout: float) -> None:
        self._timeout = timeout
        self._opened = cast("Opened", _pool(url, timeout=timeout).make_connection())  # type: ignore[no-untyped-call]
        self._wire: Wire | None = None

    @property
    def connected(self) -> bool:
        """Whether there is a connection, as far as anybody knows."""
        return self._wire is not None

    async def connect(self, hear: Callable[[Reply], None], ended: Callable[[Exception], None]) -> None:
        """Connect, unless that is done.

        `hear` is called with each reply, and `ended` once with the reason when there will be no more: Away, or what
        `hear` has raised. Neither is to block.
        """
        if self._wire is not None:
            return

        def end(reason: Exception) -> None:
            self._wire = None
            ended(_translated(reason))

        problem: BaseException | None = None
        try:
            async with asyncio.timeout(self._timeout):
                await self._opened.connect()
            self._wire = Wire(self._opened, hear, end)
        except BaseException as error:
            problem = error
        if problem is not None:
            await self._opened.disconnect(nowait=True)
            raise _translated(problem) from problem

    def send(self, commands: Sequence[Command]) -> None:
        """Send commands in one go; their replies are heard. Never blocks."""
        if self._wire is None:
            raise Away("there is no connection")
        self._wire.write(commands)

    def close(self) -> None:
        """Close the connection, if there is one, without waiting for the other side; nothing is heard any more."""
        if self._wire is not None:
            self._wire.hang_up()
            self._wire = None


class _Asked:
    """Commands under way, their replies so far, and who waits for them."""

    __slots__ = ("answered", "count", "failed", "replies", "timer")

    def __init__(
        self,
        count: int,
        answered: Callable[[list[Reply]], None],
        failed: Callable[[Exception], None],
        timer: asyncio.TimerHandle,
    ) -> None:
        self.count: Final = count
        self.answered: Final = answered
        self.failed: Final = failed
        self.timer: Final = timer
        self.replies: Final[list[Reply]] = []


class Link:
    """One connection for who asks, made when it is needed and again after a failure.

    Whatever fails is Away, and the connection is closed then: what was sent may or may not have been done.
    """

    def __init__(self, url: str, *, timeout: float) -> None:
        self._timeout = timeout
        self._line = Line(url, timeout=timeout)
        self._under_way: deque[_Asked] = deque()
        self._lost: Exception | None = None

    @property
    def connected(self) -> bool:
        """Whether there is a connection, as far as anybody knows."""
        return self._line.connected

    async def connect(self) -> None:
        """Connect, unless that is done. For one task at a time."""
        self._lost = None
        await self._line.connect(self._hear, self._lose)

    def ask(
        self,
        commands: Sequence[Command],
        answered: Callable[[list[Reply]], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Send commands in one go, behind whatever is under way; raise Away when there is no connection.

        Within one timeout either all their replies are told or what has failed. Neither call is to block or raise.
        """
        self._line.send(commands)
        timer = asyncio.get_running_loop().call_later(self._timeout, self._fail, Away("there was no answer in time"))
        self._under_way.append(_Asked(len(commands), answered, failed, timer))

    async def exchange(self, commands: Sequence[Command]) -> list[Reply]:
        """Send commands in one go, and give all their replies, within one timeout after that for connecting.

        A connection that was lost while nothing was under way is Away, once: Redis may have forgotten what it was told.
        """
        if self._lost is not None:
            lost, self._lost = self._lost, None
            raise lost
        await self.connect()
        done: asyncio.Future[list[Reply]] = asyncio.get_running_loop().create_future()
        # Who waits no longer leaves replies that nobody wants, and that are still to be counted.
        self.ask(commands, partial(_answer, done), partial(_refuse, done))
        return await done

    def close(self) -> None:
        """Close the connection, if there is one, without waiting for the other side."""
        self._fail(Away("the connection was closed"))

    def _hear(self, reply: Reply) -> None:
        if not self._under_way:
            raise Away("it answers what nobody has asked")
        first = self._under_way[0]
        first.replies.append(reply)
        if len(first.replies) < first.count:
            return
        for each in first.replies:
            if isinstance(each, ReplyError):
                raise Away(str(each))
        self._under_way.popleft()
        first.timer.cancel()
        first.answered(first.replies)

    def _lose(self, reason: Exception) -> None:
        if not self._under_way:
            self._lost = reason
        self._fail(reason)

    def _fail(self, reason: Exception) -> None:
        """Close the connection; what is under way is not answered any more."""
        self._line.close()
        under_way, self._under_way = self._under_way, deque()
        for each in under_way:
            each.timer.cancel()
            each.failed(reason)


def _answer(done: asyncio.Future[list[Reply]], replies: list[Reply]) -> None:
    if not done.done():
        done.set_result(replies)


def _refuse(done: asyncio.Future[list[Reply]], reason: Exception) -> None:
    if not done.done():
        done.set_exception(reason)


def _translated(error: _E) -> _E | Away:
    """Give what to raise: a cancellation and our own mistakes stay what they are."""
    match error:
        case RedisError() | HiredisError() | OSError():
            # TimeoutError is an OSError, and mostly has nothing to say.
            return Away(str(error) or "there was no answer in time")
        case _:
            return error
