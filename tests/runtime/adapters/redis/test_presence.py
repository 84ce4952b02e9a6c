"""Presence over several instances, on a real Redis."""

import asyncio
import logging
import time

import pytest
from doubles.presences import Post, lapse, posts, until
from redis.asyncio import Redis
from servers.redis import RedisServer

from palaver_runtime.adapters.redis import presence as module


async def enter(post: Post, user_id: str, connection_id: str) -> bool:
    """Connect a user; tell whether it is news."""
    await post.arrive(user_id, connection_id)
    return await post.announce(user_id)


async def online_everywhere(made: list[Post], *user_ids: str) -> bool:
    """Whether all instances agree on who of ann, bob and eve is online."""
    return all([await each.online(["ann", "bob", "eve"]) == set(user_ids) for each in made])


async def agree(made: list[Post], *user_ids: str) -> None:
    """Wait until all instances agree."""
    async with asyncio.timeout(30):
        while not await online_everywhere(made, *user_ids):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


async def test_connections_count_over_all_instances(redis_url: str) -> None:
    """Arrivals give the number of connections everywhere; only the departure of the last one is the user's."""
    async with posts(redis_url, 2) as (one, two):
        assert await one.arrive("ann", "1") == 1
        assert await two.arrive("ann", "2") == 2
        assert await two.arrive("ann", "2") == 2
        assert await one.arrive("bob", "3") == 1
        assert await one.depart([("ann", "1")]) == ()
        assert await one.depart([("ann", "1")]) == ()
        assert await one.depart([("ann", "2")]) == ()
        assert await two.depart([("ann", "2")]) == ("ann",)
        assert await two.depart([("ann", "2")]) == ()
        assert await two.depart([("eve", "4")]) == ()
        assert await one.depart([("bob", "3")]) == ("bob",)
        async with Redis.from_url(redis_url, decode_responses=True) as client:
            assert {each for each in await client.keys() if not each.startswith("ws:instance")} == set()


async def test_news_is_news_once_over_all_instances(redis_url: str) -> None:
    """Of several instances that say that a user is online, or offline, one is told that it is news."""
    async with posts(redis_url, 2) as made:
        one, two = made
        assert await one.online([]) == frozenset()
        assert await enter(one, "ann", "1")
        assert not await enter(two, "ann", "2")
        assert not await one.announce("ann")
        assert await enter(two, "bob", "3")
        assert await online_everywhere(made, "ann", "bob")
        assert await one.depart([("ann", "1")]) == ()
        assert await online_everywhere(made, "ann", "bob")
        assert await two.depart([("ann", "2")]) == ("ann",)
        # Until she is withdrawn the others take her to be online.
        assert await online_everywhere(made, "ann", "bob")
        assert await two.withdraw(["ann"])
        assert await online_everywhere(made, "bob")
        assert not any([await each.withdraw(["ann"]) for each in made])
        assert not await one.withdraw(["bob"])
        assert not await one.withdraw(["eve"])
        assert one.gone == two.gone == one.back == two.back == []


async def test_user_may_move_between_instances(redis_url: str) -> None:
    """Who goes from one instance and comes to another within the grace was never away, and can go from there."""
    async with posts(redis_url, 2) as made:
        one, two = made
        assert await enter(one, "ann", "1")
        assert await one.depart([("ann", "1")]) == ("ann",)
        assert not await enter(two, "ann", "2")
        assert not await one.withdraw(["ann"])
        assert await online_everywhere(made, "ann")
        assert await two.depart([("ann", "2")]) == ("ann",)
        assert await two.withdraw(["ann"])
        assert await online_everywhere(made)


@pytest.mark.parametrize("renew_interval", [0.001, 3.0])
async def test_many_at_once_keep_their_order(redis_url: str, renew_interval: float) -> None:
    """A connection that goes as soon as it has come is gone, however many do so, however often leases are renewed."""
    async with posts(redis_url, 2, timeout=5, lease=10, renew_interval=renew_interval) as (one, two):

        async def flap(number: int) -> bool:
            post = (one, two)[number % 2]
            counts = asyncio.create_task(post.arrive("ann", str(number)))
            await asyncio.sleep(0)
            last = asyncio.create_task(post.depart([("ann", str(number))]))
            assert await counts >= 1
            return bool(await last)

        assert any(await asyncio.gather(*(flap(number) for number in range(500))))
        async with Redis.from_url(redis_url) as client:
            assert await client.keys("ws:socket:*") == []


async def test_crashed_instance_leaves_no_ghost(redis_url: str) -> None:
    """When the lease of an instance has run out, the others learn of its users who are connected nowhere else."""
    async with posts(redis_url, 3) as (one, two, three):
        await enter(one, "ann", "1")
        await enter(one, "bob", "2")
        await enter(two, "bob", "3")
        # To close it without any departure leaves in Redis what a crash would.
        await one.close()
        await lapse(redis_url, one)
        await until(lambda: bool(two.gone or three.gone))
        assert sorted([len(await two.withdraw(["ann"])), len(await three.withdraw(["ann"]))]) == [0, 1]
        assert await online_everywhere([two, three], "bob")
        # Fence: a second crash, told after everything of the first.
        await enter(three, "eve", "4")
        await three.close()
        await lapse(redis_url, three)
        await until(lambda: {"eve"} in two.gone)
        assert sorted(two.gone + three.gone, key=sorted) == [{"ann"}, {"eve"}]
        async with Redis.from_url(redis_url, decode_responses=True) as client:
            assert await client.keys("ws:socket:*") == ["ws:socket:3"]
            assert len(await client.smembers("ws:instances")) == 1


async def test_crash_within_the_grace_leaves_no_ghost(redis_url: str) -> None:
    """Whom an instance was about to withdraw when it crashed is gone too."""
    async with posts(redis_url, 2) as (one, two):
        await enter(one, "ann", "1")
        assert await one.depart([("ann", "1")]) == ("ann",)
        await one.close()
        await lapse(redis_url, one)
        await until(lambda: two.gone == [{"ann"}])
        assert await two.withdraw(["ann"])


async def test_next_start_clears_up_after_the_last(redis_url: str) -> None:
    """A single instance that is started anew after a crash takes the users of its former life offline."""
    async with posts(redis_url, 1) as (former,):
        await enter(former, "ann", "1")
    await lapse(redis_url, former)
    async with posts(redis_url, 1) as (anew,):
        await until(lambda: anew.gone == [{"ann"}])
        assert await anew.withdraw(["ann"])


async def test_instance_that_was_given_up_comes_back(redis_url: str) -> None:
    """An instance that stood still beyond its lease registers its connections again, and tells who is back."""
    async with posts(redis_url, 1) as (two,), posts(redis_url, 1, renew_interval=4.0) as (one,):
        # Its first renewal comes long after the end of its lease: as if the process had stood still meanwhile.
        await enter(one, "ann", "1")
        await enter(one, "ann", "2")
        await enter(one, "bob", "3")
        await enter(one, "eve", "5")
        await enter(two, "bob", "4")
        await lapse(redis_url, one)
        await until(lambda: two.gone == [{"ann", "eve"}])
        assert await two.withdraw(["ann"])
        # Ann was said to be offline, Eve is back before she was.
        await until(lambda: one.back == [{"ann"}])
        assert await one.announce("ann")
        assert not await two.withdraw(["eve"])
        assert await online_everywhere([one, two], "ann", "bob", "eve")
        async with Redis.from_url(redis_url, decode_responses=True) as client:
            assert await client.smembers("ws:connections:ann") == {"1", "2"}
            assert await client.smembers("ws:connections:bob") == {"3", "4"}


@pytest.mark.parametrize("fault", ["stop", "kill"])
async def test_everybody_is_registered_again_after_a_restart(
    redis_server: RedisServer, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    """While Redis is away each instance answers for itself; an empty Redis is filled again, and nobody was gone."""
    async with posts(redis_server.url, 2) as made:
        one, two = made
        await enter(one, "ann", "1")
        await enter(two, "bob", "2")
        await enter(two, "eve", "3")
        with caplog.at_level(logging.INFO):
            getattr(redis_server, fault)()
            await until(lambda: not one.healthy and not two.healthy)
            assert await one.online(["ann", "bob"]) == {"ann"}
            assert await one.arrive("bob", "4") == 1
            assert await one.announce("bob")
            assert await two.depart([("eve", "3")]) == ("eve",)
            redis_server.start()
            await until(lambda: one.healthy and two.healthy)
            # Eve is in her grace: that she is offline is to be news.
            await agree(made, "ann", "bob", "eve")
            assert await two.withdraw(["eve"])
            await agree(made, "ann", "bob")
        assert await one.arrive("bob", "5") == 3
        assert one.gone == two.gone == one.back == two.back == []
        assert caplog.text.count("alone for now") == 2
        assert caplog.text.count("in Redis again") == 2


async def test_frozen_redis_holds_nobody_up(redis_server: RedisServer) -> None:
    """When Redis stands still a call waits for the timeout, later ones not at all; after the thaw all is true."""
    times = {"timeout": 0.5, "lease": 5.0}
    async with posts(redis_server.url, 1, **times) as (one,), posts(redis_server.url, 1, retry=0.5, **times) as (two,):
        made = [one, two]
        await enter(one, "ann", "1")
        await enter(one, "eve", "2")
        await enter(two, "zoe", "4")
        redis_server.freeze()
        assert await one.arrive("bob", "3") == 1
        await until(lambda: not one.healthy)
        began = time.monotonic()
        assert await one.announce("bob")
        for number in range(100):
            assert await one.arrive("bob", f"b{number}") == 2
            assert not await one.announce("bob")
            assert await one.depart([("bob", f"b{number}")]) == ()
            assert await one.online(["ann", "bob"]) == {"ann", "bob"}
        assert await one.depart([("eve", "2")]) == ("eve",)
        assert await one.withdraw(["eve"])
        # Each of some six hundred that waited would have waited for the timeout.
        assert time.monotonic() - began < 10
        await until(lambda: not two.healthy)
        redis_server.thaw()
        # As after longer than the leases: the first one, which notices the thaw before the second, does not give it up.
        await lapse(redis_server.url, one, two)
        await agree(made, "ann", "bob")
        # Fence: when everybody who could be given up would be, one really ends.
        await enter(two, "eve", "5")
        await two.close()
        await lapse(redis_server.url, two)
        await until(lambda: one.gone == [{"eve", "zoe"}])
        assert await online_everywhere([one], "ann", "bob", "eve")
        assert two.gone == []
        assert one.back == two.back == []


async def test_instance_that_returns_later_is_not_given_up(redis_url: str) -> None:
    """Who is back first does not take the others for ended, whose leases ran out while nobody reached Redis."""
    async with (
        posts(redis_url, 1, lease=3.0) as (one,),
        posts(redis_url, 1, lease=3.0, retry=0.6) as (two,),
        Redis.from_url(redis_url, decode_responses=True) as client,
    ):
        await enter(two, "ann", "1")
        await client.client_kill_filter(_type="normal", skipme=True)
        await until(lambda: not two.healthy)
        await lapse(redis_url, one, two)
        await until(lambda: two.healthy)
        assert one.gone == []
        # Its end is told when it is real.
        await two.close()
        await lapse(redis_url, two)
        await until(lambda: one.gone == [{"ann"}])
        assert two.back == []


async def test_wrong_guess_is_put_right(redis_server: RedisServer) -> None:
    """Who was withdrawn while Redis was away, and is connected to another instance, is announced again."""
    async with posts(redis_server.url, 2, timeout=1.0) as made:
        one, two = made
        for user_id in ("ann", "bob"):
            await enter(one, user_id, f"{user_id} 1")
        await enter(two, "ann", "ann 2")
        redis_server.freeze()
        await until(lambda: not one.healthy and not two.healthy)
        for user_id in ("ann", "bob"):
            assert await one.depart([(user_id, f"{user_id} 1")]) == (user_id,)
            assert await one.withdraw([user_id])
        redis_server.thaw()
        await until(lambda: one.back == [{"ann"}])
        assert await one.announce("ann")
        await agree(made, "ann")
        # She can go from where she is, and the other knows.
        assert await two.depart([("ann", "ann 2")]) == ("ann",)
        assert await two.withdraw(["ann"])
        await agree(made)


async def test_presence_starts_without_redis(redis_server: RedisServer) -> None:
    """Connections that came before Redis are registered when it comes."""
    redis_server.stop()
    one, two = Post(redis_server.url), Post(redis_server.url)
    one.start()
    two.start()
    try:
        assert await enter(one, "ann", "1")
        assert not one.healthy
        redis_server.start()
        await agree([one, two], "ann")
    finally:
        await one.close()
        await two.close()


async def test_what_redis_forgot_is_registered_again(redis_url: str) -> None:
    """Sockets that are missing in Redis, or too many there, are put right by the next renewal."""
    async with posts(redis_url, 1) as (one,), Redis.from_url(redis_url, decode_responses=True) as client:
        await enter(one, "ann", "1")

        async def repaired() -> None:
            async with asyncio.timeout(30):
                while set(await client.keys("ws:connections:*")) != {"ws:connections:ann"}:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)

        await client.flushdb()
        await repaired()
        (key,) = await client.keys("ws:instance:*:sockets")
        await client.hset(key, "ghost", "eve")
        await client.sadd("ws:connections:eve", "ghost")
        await repaired()
        assert await client.hgetall(key) == {"1": "ann"}


async def test_long_connections_are_renewed(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Redis would forget of a connection after a day is renewed before."""
    monkeypatch.setattr(module.registry, "SOCKET_SECONDS", 4)
    async with posts(redis_url, 1) as (one,), Redis.from_url(redis_url) as client:
        await one.arrive("ann", "1")
        left = [await client.pttl("ws:socket:1")]
        while left[-1] <= left[0]:
            await asyncio.sleep(0.05)
            left.append(await client.pttl("ws:socket:1"))
            assert left[-1] > 0
            left[0] = min(left)


@pytest.mark.parametrize("state", ["running", "frozen", "stopped"])
async def test_close_is_quick(redis_server: RedisServer, state: str) -> None:
    """Closing waits for none of its times, whatever Redis does, and leaves no task."""
    before = asyncio.all_tasks()
    post = Post(redis_server.url, timeout=60, lease=60, renew_interval=60, retry=60)
    post.start()
    await until(lambda: post.healthy)
    if state == "frozen":
        redis_server.freeze()
    elif state == "stopped":
        redis_server.stop()
    arriving = asyncio.create_task(post.arrive("ann", "1"))
    await asyncio.sleep(0)
    began = time.monotonic()
    await post.close()
    assert time.monotonic() - began < 10
    assert await arriving == 1
    assert asyncio.all_tasks() <= before
    assert not post.healthy


async def test_failing_listener_does_not_stop_presence(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A listener that raises is logged; later crashes are told all the same."""
    async with posts(redis_url, 3) as (one, two, three):
        for number, post in enumerate((one, two)):
            await enter(post, f"user {number}", str(number))

        def fail(user_ids: frozenset[str]) -> None:
            three.gone.append(set(user_ids))
            raise ZeroDivisionError

        for post in (one, two, three):
            post._on_gone = fail
        await one.close()
        await lapse(redis_url, one)
        await until(lambda: {"user 0"} in three.gone)
        await two.close()
        await lapse(redis_url, two)
        await until(lambda: any("user 1" in each for each in three.gone))
    assert "could not be told" in caplog.text


async def test_presence_starts_once(redis_url: str) -> None:
    """A second start is a mistake in the making and refused."""
    async with posts(redis_url, 1) as (one,):
        with pytest.raises(RuntimeError, match="started already"):
            one.start()
