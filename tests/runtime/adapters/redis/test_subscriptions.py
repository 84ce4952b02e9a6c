"""Subscriptions that follow what is wanted. What faults do to them is shown with the bus."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from servers.redis import RedisServer

from palaver_runtime.adapters.redis import subscriptions as module
from palaver_runtime.adapters.redis.backoff import Backoff
from palaver_runtime.adapters.redis.link import Line
from palaver_runtime.adapters.redis.subscriptions import Subscriptions


def ignore(*_: object) -> None:
    """Do nothing with what comes."""


@asynccontextmanager
async def listening(url: str, *channels: bytes, ping_interval: float = 0.05) -> AsyncIterator[Subscriptions]:
    """Listen to channels, in force once the block begins."""
    recovered = asyncio.Event()
    subscriptions = Subscriptions(
        Line(url, timeout=5), ignore, recovered.set, ping_interval=ping_interval, backoff=Backoff(0.05)
    )
    for each in channels:
        subscriptions.add(each)
    task = asyncio.create_task(subscriptions.run())
    try:
        async with asyncio.timeout(30):
            await recovered.wait()
        yield subscriptions
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def calls(client: "Redis", command: str) -> int:
    """How often a command was called at this server."""
    statistics = await client.info("commandstats")
    return int(statistics.get(f"cmdstat_{command}", {"calls": 0})["calls"])


async def test_many_channels_take_few_commands(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wanted at once is subscribed to in commands of bounded length, and again after a reconnection."""
    monkeypatch.setattr(module, "CHUNK", 100)
    channels = [b"c%d" % number for number in range(250)]
    async with (
        Redis.from_url(redis_server.url) as client,
        listening(redis_server.url, *channels) as subscriptions,
    ):
        assert await calls(client, "subscribe") == 3
        assert len(await client.pubsub_channels("c*")) == 250
        for each in channels[1:]:
            subscriptions.discard(each)
        await subscriptions.settled()
        assert await client.pubsub_channels("c*") == [b"c0"]
        assert await calls(client, "unsubscribe") == 3
        assert b"c0" in subscriptions
        assert b"c1" not in subscriptions


async def test_idle_connection_sends_pings_alone(redis_server: RedisServer) -> None:
    """With nothing to do there is a ping for each interval, and the connection stays the same."""
    async with (
        Redis.from_url(redis_server.url) as client,
        listening(redis_server.url, b"a", ping_interval=0.3) as subscriptions,
    ):
        before = Counter({"ping": await calls(client, "ping"), "subscribe": await calls(client, "subscribe")})
        # Redis tells nobody of a ping: that there were several is to be looked up.
        async with asyncio.timeout(30):
            while await calls(client, "ping") < before["ping"] + 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert await calls(client, "subscribe") == before["subscribe"]
        assert subscriptions.connections == 1


async def test_waiting_ends_with_the_connection(redis_server: RedisServer) -> None:
    """Who waits for a subscription is let go when the connection is lost: there will be a recovery."""
    async with listening(redis_server.url) as subscriptions:
        redis_server.freeze()
        subscriptions.add(b"a")
        waiting = asyncio.create_task(subscriptions.settled())
        async with asyncio.timeout(30):
            await waiting
        assert not subscriptions.healthy


async def test_loop_that_was_held_up_keeps_its_connection(redis_url: str) -> None:
    """After a pause of this process, longer than any ping may take, what came meanwhile is read first."""
    async with listening(redis_url, ping_interval=0.5) as subscriptions:
        threading.Event().wait(1.6)
        subscriptions.add(b"a")
        await subscriptions.settled()
        assert subscriptions.connections == 1
        assert subscriptions.healthy


async def test_failure_of_our_own_is_logged_and_survived(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A receiver that raises against the rules costs the connection, not the listening."""
    received, recovered = asyncio.Event(), asyncio.Event()

    def receive(channel: bytes, payload: bytes) -> None:
        if payload == b"bad":
            raise ZeroDivisionError
        received.set()

    subscriptions = Subscriptions(
        Line(redis_url, timeout=5), receive, recovered.set, ping_interval=0.05, backoff=Backoff(0.01)
    )
    subscriptions.add(b"a")
    task = asyncio.create_task(subscriptions.run())
    async with Redis.from_url(redis_url) as client, asyncio.timeout(30):
        await recovered.wait()
        recovered.clear()
        await client.publish("a", b"bad")
        await recovered.wait()
        await client.publish("a", b"good")
        await received.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert "ZeroDivisionError" in caplog.text
