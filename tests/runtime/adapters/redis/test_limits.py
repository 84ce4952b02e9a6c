"""Limits over all instances, on a real Redis."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from servers.redis import RedisServer

from palaver_runtime.adapters.redis import limits as module
from palaver_runtime.adapters.redis.limits import RedisLimiter
from palaver_runtime.domain.limits import Rate, Use

RATE = Rate(3, 60)


@asynccontextmanager
async def limiters(url: str, count: int, **options: float) -> AsyncIterator[list[RedisLimiter]]:
    """Make limiters of several instances; close them at the end."""
    made = [RedisLimiter(url, **{"timeout": 30, **options}) for _ in range(count)]  # type: ignore[arg-type]
    try:
        yield made
    finally:
        for each in made:
            await each.close()


async def let_pass(url: str, seconds: float) -> None:
    """Make every use that was counted older."""
    async with Redis.from_url(url) as client:
        for key in await client.keys("palaver:limits:*"):
            for index, at in enumerate(await client.lrange(key, 0, -1)):
                await client.lset(key, index, int(at) - int(seconds * 1_000_000))


async def test_instances_count_together(redis_url: str) -> None:
    """A user's uses on two instances count against one rate; the wait is that until the oldest is forgotten."""
    async with limiters(redis_url, 2) as (one, two):
        assert [await each.spend("ann", RATE) for each in (one, two, one)] == [0, 0, 0]
        for each in (one, two):
            assert 55 < await each.spend("ann", RATE) <= 60
        assert await two.spend("bob", RATE) == 0
        assert await two.spend("half \ud83d", RATE) == 0
        assert one.healthy
        assert two.healthy


async def test_clocks_of_instances_do_not_matter(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Uses on an instance whose clock is five minutes behind count like any other, and are forgotten like any other."""
    rate = Rate(2, 60)
    async with limiters(redis_url, 2) as (one, behind):
        assert await one.spend("ann", rate) == 0
        monkeypatch.setattr(time, "time", lambda: 300.0)
        assert await behind.spend("ann", rate) == 0
        monkeypatch.undo()
        assert 0 < await one.spend("ann", rate) <= 60
        monkeypatch.setattr(time, "time", lambda: 300.0)
        wait = await behind.spend("ann", rate)
        assert 0 < wait <= 60
        await let_pass(redis_url, wait)
        assert await behind.spend("ann", rate) == 0


async def test_clock_of_redis_may_be_set_back(redis_url: str) -> None:
    """Uses that seem to be from the future do not count, and nothing is kept for longer than it counts."""
    async with limiters(redis_url, 1) as (one,), Redis.from_url(redis_url) as client:
        assert await one.spend("ann", RATE) == 0
        (key,) = await client.keys("palaver:limits:*")
        assert 0 < await client.pttl(key) <= 60_000
        future = int(time.time() + 300) * 1_000_000
        await client.delete(key)
        await client.rpush(key, *[future] * RATE.count)
        assert [await one.spend("ann", RATE) for _ in range(3)] == [0, 0, 0]
        assert await one.spend("ann", RATE) > 0
        assert await client.llen(key) == RATE.count


async def test_window_moves(redis_url: str) -> None:
    """Who waits as long as told is let in; refused uses do not count."""
    async with limiters(redis_url, 1) as (one,):
        rate = Rate(1, 60)
        assert await one.spend("ann", rate) == 0
        for _ in range(3):
            wait = await one.spend("ann", rate)
            assert 0 < wait <= 60
        await let_pass(redis_url, wait)
        assert await one.spend("ann", rate) == 0


async def test_many_at_once_are_counted_exactly(redis_url: str) -> None:
    """However many come at once, on however few connections, exactly as many as allowed are let in."""
    async with limiters(redis_url, 2, timeout=5) as (one, two):
        waits = await asyncio.gather(*(each.spend("ann", Rate(50, 60)) for each in [one, two] * 100))
        assert sum(wait == 0 for wait in waits) == 50
        assert one.healthy
        assert two.healthy
        async with Redis.from_url(redis_url) as client:
            assert await client.keys("palaver:limits:*")


async def test_what_comes_together_is_one_command(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Uses of one moment are counted by few commands, and so are those that come while a command is under way."""
    monkeypatch.setattr(module, "BATCH", 100)
    async with limiters(redis_server.url, 1) as (one,), Redis.from_url(redis_server.url) as client:

        async def commands() -> int:
            return int((await client.info("commandstats"))["cmdstat_eval"]["calls"])

        waits = await asyncio.gather(*(one.spend(f"user {number}", RATE) for number in range(250)))
        assert waits == [0] * 250
        assert await commands() == 3
        redis_server.freeze()
        first = asyncio.create_task(one.spend("ann", RATE))
        others = []
        for _ in range(3):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            others.append(asyncio.create_task(one.spend("ann", RATE)))
        await asyncio.sleep(0)
        redis_server.thaw()
        assert await first == 0
        assert [await each == 0 for each in others] == [True, True, False]
        assert await commands() == 5


async def test_uses_that_depend_on_others_are_counted_with_them(redis_server: RedisServer) -> None:
    """Several uses take one command, each counted only if those before it were; others' uses depend on none of them."""
    few, many = Rate(1, 60), Rate(3, 60)
    async with limiters(redis_server.url, 2) as (one, two), Redis.from_url(redis_server.url) as client:

        async def counted() -> list[int]:
            return [await client.llen(f"palaver:limits:{key}") for key in ("request", "message")]

        def both(cost: int = 1) -> tuple[Use, Use]:
            return Use("request", many, cost), Use("message", few)

        assert await one.spend_all(both(2)) == [0, 0]
        assert (await client.info("commandstats"))["cmdstat_eval"]["calls"] == 1
        assert await counted() == [2, 1]
        within, too_many = await two.spend_all(both())
        assert (within, await counted()) == (0, [3, 1])
        assert 55 < too_many <= 60
        await client.delete("palaver:limits:message")
        (too_many,), other = await asyncio.gather(one.spend_all(both()), one.spend("bob", RATE))
        assert 55 < too_many <= 60
        assert (other, await counted()) == (0, [3, 0])
        await client.delete("palaver:limits:request")
        # As many as the rate has.
        assert await one.spend_all(both(5)) == [0, 0]
        assert await counted() == [3, 1]


async def test_what_is_being_counted_is_waited_for(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for others' uses goes on when they are counted, at once where there are none, and soon in any case."""
    monkeypatch.setattr(module, "PATIENCE", 20)
    async with limiters(redis_server.url, 1) as (one,):
        with pytest.raises(StopIteration):
            one.settled().send(None)
        assert await one.spend("ann", RATE) == 0
        use = asyncio.create_task(one.spend("ann", RATE))
        await asyncio.sleep(0)
        await one.settled()
        await asyncio.sleep(0)
        assert use.done()
        redis_server.freeze()
        monkeypatch.setattr(module, "PATIENCE", 0.005)
        use = asyncio.create_task(one.spend("ann", RATE))
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await one.settled()
        assert not use.done()
        redis_server.thaw()
        assert await use == 0


async def test_who_gives_up_is_no_trouble_to_others(redis_server: RedisServer) -> None:
    """A request that is cancelled while it is counted leaves the answers of others to them."""
    async with limiters(redis_server.url, 1) as (one,):
        assert await one.spend("ann", RATE) == 0
        redis_server.freeze()
        gone, stays = (asyncio.create_task(one.spend("ann", RATE)) for _ in range(2))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gone.cancel()
        redis_server.thaw()
        assert await stays == 0
        assert await one.spend("ann", RATE) > 0
        assert one.healthy


@pytest.mark.parametrize("fault", ["stop", "freeze"])
async def test_each_counts_for_itself_while_redis_is_away(
    redis_server: RedisServer, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Without Redis the limits hold on each instance, and only one call in a while waits; then they are shared."""
    async with limiters(redis_server.url, 2, timeout=1, retry=1) as (one, two):
        assert await one.spend("ann", RATE) == 0
        getattr(redis_server, fault)()
        began = time.monotonic()
        with caplog.at_level(logging.INFO):
            assert [await one.spend("ann", RATE) for _ in range(3)] == [0, 0, 0]
            for _ in range(100):
                assert await one.spend("ann", RATE) > 0
            # Each call that waited for a Redis that stands still would have waited for a second.
            assert time.monotonic() - began < 20
            assert not one.healthy
            assert await two.spend("ann", RATE) == 0
            redis_server.thaw() if fault == "freeze" else redis_server.start()
            async with asyncio.timeout(30):
                while not (one.healthy and two.healthy):
                    await asyncio.sleep(0.02)
                    await one.spend("bob", RATE)
                    await two.spend("bob", RATE)
        assert caplog.text.count("for now") == 2
        assert caplog.text.count("shared by all instances again") == 2
        rate = Rate(2, 60)
        assert [await each.spend("eve", rate) for each in (one, two)] == [0, 0]
        assert await one.spend("eve", rate) > 0


async def test_rate_of_nothing_allows_nothing(redis_url: str) -> None:
    """A rate of zero refuses every use, as in memory."""
    async with limiters(redis_url, 1) as (one,):
        assert 9 < await one.spend("ann", Rate(0, 10)) <= 10


async def test_close_is_quick_when_redis_is_frozen(redis_server: RedisServer) -> None:
    """Closing does not wait for a Redis that stands still."""
    limiter = RedisLimiter(redis_server.url, timeout=60)
    await limiter.spend("ann", RATE)
    redis_server.freeze()
    began = time.monotonic()
    await limiter.close()
    assert time.monotonic() - began < 10
