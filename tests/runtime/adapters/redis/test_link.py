"""One connection to Redis."""

import asyncio
import time

import pytest
from servers.redis import RedisServer

from palaver_runtime.adapters.redis.link import Away, Link, connection_pool, database_of


async def test_replies_come_in_the_order_of_the_commands(redis_url: str) -> None:
    """Commands that are sent together are answered one by one, bytes for bytes and half surrogates included."""
    link = Link(redis_url, timeout=5)
    assert await link.exchange([("SET", "half \ud83d", b"\xff"), ("GET", "half \ud83d"), ("GET", "none")]) == [
        b"OK",
        b"\xff",
        None,
    ]
    await link.close()


async def test_refused_command_leaves_no_reply_behind(redis_url: str) -> None:
    """A command that Redis refuses is Away; the replies of the commands after it are not taken for later ones."""
    link = Link(redis_url, timeout=5)
    with pytest.raises(Away, match="unknown command"):
        await link.exchange([("ECHO", "1"), ("NONSENSE",), ("ECHO", "2")])
    assert await link.exchange([("ECHO", "3")]) == [b"3"]
    await link.close()


async def test_cancelled_exchange_leaves_no_reply_behind(redis_server: RedisServer) -> None:
    """An exchange that is cancelled ends at once, and its reply is not taken for that of the next."""
    link = Link(redis_server.url, timeout=60)
    await link.exchange([("PING",)])
    redis_server.freeze()
    task = asyncio.create_task(link.exchange([("ECHO", "1")]))
    await asyncio.sleep(0)
    task.cancel()
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 10
    redis_server.thaw()
    assert await link.exchange([("ECHO", "2")]) == [b"2"]
    await link.close()


@pytest.mark.parametrize("connected", [True, False])
async def test_frozen_redis_is_away_in_time(redis_server: RedisServer, connected: bool) -> None:
    """A Redis that stands still is Away after the timeout, whether a connection was there or is made."""
    link = Link(redis_server.url, timeout=0.1)
    if connected:
        await link.exchange([("PING",)])
    redis_server.freeze()
    began = time.monotonic()
    with pytest.raises(Away):
        await link.exchange([("SET", "a", b"x" * 10_000_000)])
    assert time.monotonic() - began < 10
    await link.close()


async def test_stopped_redis_is_away_and_back(redis_server: RedisServer) -> None:
    """A refused connection is Away; the next exchange connects again when it can."""
    link = Link(redis_server.url, timeout=5)
    await link.connect()
    await link.send([("PING",)])
    assert await link.receive() == b"PONG"
    redis_server.stop()
    with pytest.raises(Away):
        await link.receive()
    with pytest.raises(Away):
        await link.connect()
    with pytest.raises(Away):
        await link.send([("PING",)])
    redis_server.start()
    assert await link.exchange([("PING",)]) == [b"PONG"]
    await link.close()
    await link.close()


@pytest.mark.parametrize(
    ("url", "database"),
    [("redis://h/7", 7), ("redis://h", 0), ("rediss://u:p@h:1/2", 2), ("unix:///s?db=3", 3), ("unix:///s", 0)],
)
def test_database_is_that_of_the_url(url: str, database: int) -> None:
    """The number is read from a URL of any kind; without one it is the first."""
    assert database_of(url) == database


def test_other_urls_are_refused() -> None:
    """A URL of another scheme is a ValueError at once."""
    with pytest.raises(ValueError, match="redis://"):
        connection_pool("http://h", timeout=1, connections=1)
