"""Connections to Redis: bounded in number, with a limit to every wait, never retried.

Whoever uses one knows better than the client library what a failure means and when to try again.
"""

import asyncio
from collections.abc import Sequence
from math import inf
from typing import Protocol, cast

from redis.asyncio import BlockingConnectionPool, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

Command = tuple[str | bytes | int, ...]
Reply = bytes | int | None | list["Reply"]


class Away(Exception):
    """Redis cannot be reached, does not answer in time, or refuses a command; the message says which."""


def connection_pool(url: str, *, timeout: float, connections: int) -> ConnectionPool:
    """Give a pool for a `redis://`, `rediss://` or `unix://` URL; raise ValueError for another.

    Connecting, and waiting for a free connection, take `timeout` seconds at most each. Around everything else there
    is to be an `asyncio.timeout`: the library's own limit is a `wait_for`, which on Python 3.11 may swallow a
    cancellation.
    """
    return BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=timeout,
        socket_timeout=None,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        # The greetings of the newer protocol are commands with answers: waits, and nothing gained.
        protocol=2,
        driver_info=None,
        # A name from a foreign token may hold half of a surrogate pair.
        encoding_errors="surrogatepass",
    )


def database_of(url: str) -> int:
    """Give the number of the database that a URL names."""
    database = connection_pool(url, timeout=1, connections=1).connection_kwargs.get("db", 0)
    return int(database or 0)


class _Connection(Protocol):
    """What we use of the library's connection, which says less about its types."""

    async def connect(self) -> None: ...

    async def disconnect(self, nowait: bool = False) -> None: ...

    def pack_commands(self, commands: Sequence[Command]) -> list[bytes]: ...

    async def send_packed_command(self, command: list[bytes]) -> None: ...

    async def read_response(self, *, timeout: float | None = None) -> Reply: ...


class Link:
    """One connection, made when it is needed and again after a failure.

    For one task that exchanges, or for one that sends and one that receives. Whatever fails is raised as Away,
    and the connection is closed then: what was sent may or may not have been done.
    """

    def __init__(self, url: str, *, timeout: float) -> None:
        self._timeout = timeout
        pool = connection_pool(url, timeout=timeout, connections=1)
        self._connection = cast("_Connection", pool.make_connection())  # type: ignore[no-untyped-call]

    async def connect(self) -> None:
        """Connect, unless that is done."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._connection.connect()
        except BaseException as error:
            await self.close()
            raise _translated(error) from error

    async def exchange(self, commands: Sequence[Command]) -> list[Reply]:
        """Send commands in one go, and give all their replies, within one timeout."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._connection.connect()
                await self._connection.send_packed_command(self._connection.pack_commands(commands))
                return [await self._connection.read_response() for _ in commands]
        except BaseException as error:
            # Unread replies would be taken for those of the next commands.
            await self.close()
            raise _translated(error) from error

    async def send(self, commands: Sequence[Command]) -> None:
        """Send commands; their replies are received."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._connection.send_packed_command(self._connection.pack_commands(commands))
        except BaseException as error:
            await self.close()
            raise _translated(error) from error

    async def receive(self) -> Reply:
        """Wait for the next reply or message, for ever if need be."""
        try:
            return await self._connection.read_response(timeout=inf)
        except BaseException as error:
            await self.close()
            raise _translated(error) from error

    async def close(self) -> None:
        """Close the connection, if there is one, without waiting for the other side."""
        await self._connection.disconnect(nowait=True)


def _translated(error: BaseException) -> BaseException:
    """Give what to raise: a cancellation and our own mistakes stay what they are."""
    match error:
        case RedisError() | OSError():
            # TimeoutError is an OSError, and mostly has nothing to say.
            return Away(str(error) or "there was no answer in time")
        case _:
            return error
