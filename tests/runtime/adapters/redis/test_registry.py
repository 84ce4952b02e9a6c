"""The register of connections in Redis: what each command leaves there."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from palaver_runtime.adapters.redis import registry
from palaver_runtime.adapters.redis.link import Link

AT = "2026-01-02T03:04:05.678Z"


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[Link]:
    """A connection."""
    link = Link(redis_url, timeout=5)
    yield link
    link.close()


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator["Redis"]:
    """A client to look at what is there."""
    async with Redis.from_url(redis_url, decode_responses=True, encoding_errors="surrogatepass") as client:
        yield client


async def test_keys_are_those_of_the_document(link: Link, client: "Redis") -> None:
    """A socket is registered under the keys that the gateway's document names, with its fields and times."""
    assert await link.exchange([registry.arrive("i", "ann", "s1", AT)]) == [1]
    assert await link.exchange([registry.arrive("i", "ann", "s2", AT)]) == [2]
    assert await link.exchange([registry.arrive("i", "ann", "s2", AT)]) == [2]
    assert await client.smembers("ws:connections:ann") == {"s1", "s2"}
    assert await client.hgetall("ws:socket:s1") == {"userId": "ann", "connectedAt": AT, "instance": "i"}
    assert 86_300 < await client.ttl("ws:socket:s1") <= 86_400
    assert await client.hgetall("ws:instance:i:sockets") == {"s1": "ann", "s2": "ann"}
    assert await link.exchange([registry.announce("ann"), registry.announce("ann")]) == [1, 0]
    assert await client.smembers("ws:online") == {"ann"}
    assert await link.exchange([registry.online(["ann", "bob"])]) == [[1, 0]]


async def test_departures_leave_nothing(link: Link, client: "Redis") -> None:
    """Each departure gives how many are left; after the last one the user can be withdrawn, and no key stays."""
    user = "half \ud83d"
    await link.exchange([registry.arrive("i", user, each, AT) for each in ("s1", "s2")])
    await link.exchange([registry.announce(user)])
    assert await link.exchange([registry.depart("i", user, "s1")]) == [1]
    assert await link.exchange([registry.withdraw(user), registry.online([user])]) == [0, [1]]
    assert await link.exchange([registry.depart("i", user, "s1")]) == [1]
    assert await link.exchange([registry.depart("i", user, "s2"), registry.online([user])]) == [0, [1]]
    assert await link.exchange([registry.withdraw(user), registry.withdraw(user)]) == [1, 0]
    assert await client.keys() == []


async def test_recanting_makes_a_user_news_again(link: Link) -> None:
    """Who was said to be offline can be announced again; whether that is due is told."""
    await link.exchange([registry.arrive("i", "ann", "s1", AT), registry.announce("ann"), registry.announce("bob")])
    assert await link.exchange([registry.recant("ann"), registry.recant("bob"), registry.recant("eve")]) == [1, 0, 0]
    assert await link.exchange([registry.announce("ann")]) == [1]


async def test_renewal_tells_of_instances_that_have_ended(link: Link, client: "Redis") -> None:
    """A lease runs out by itself; whoever renews theirs learns whose did."""
    first, again = await link.exchange([registry.renew("i", 9), registry.renew("i", 9)])
    assert registry.renewal(first) == registry.Renewal(held=False, buried=False, sockets=0, ended=())
    assert registry.renewal(again).held
    assert 8000 < await client.pttl("ws:instance:i") <= 9000
    await link.exchange([registry.renew("other", 9), registry.arrive("i", "ann", "s1", AT)])
    await client.delete("ws:instance:i")
    (reply,) = await link.exchange([registry.renew("other", 9)])
    assert registry.renewal(reply).ended == ("i",)
    assert await link.exchange([registry.registered("i")]) == [[b"s1", b"ann"]]


async def test_inheritance_finds_who_has_nothing_left(link: Link, client: "Redis") -> None:
    """Of the users of an ended instance those are gone who are connected nowhere else; nothing of it stays."""
    await link.exchange(
        [
            registry.renew("dead", 9),
            registry.renew("heir", 9),
            *(
                registry.arrive("dead", user, socket, AT)
                for user, socket in [("ann", "s1"), ("ann", "s2"), ("bob", "s3")]
            ),
            registry.arrive("heir", "bob", "s4", AT),
            registry.announce("ann"),
            registry.announce("bob"),
            # Her instance ended before it could withdraw her.
            registry.announce("eve"),
        ]
    )
    assert await link.exchange([registry.inherit("dead", "heir", 9)]) == [None]
    await client.delete("ws:instance:dead")
    (reply,) = await link.exchange([registry.inherit("dead", "heir", 9)])
    assert isinstance(reply, list)
    assert set(registry.texts(reply)) == {"ann", "eve"}
    assert await link.exchange([registry.inherit("dead", "third", 9)]) == [None]
    # The heir ends before it has told anybody.
    await client.delete("ws:instance:dead:heir")
    (reply,) = await link.exchange([registry.inherit("dead", "third", 9)])
    assert isinstance(reply, list)
    assert set(registry.texts(reply)) == {"ann", "eve"}
    # Who learned of the end at the same time comes too late: nobody is told of twice.
    assert await link.exchange([registry.forget("dead"), registry.inherit("dead", "late", 9)]) == [1, None]
    await link.exchange([registry.withdraw("ann"), registry.withdraw("eve")])
    assert set(await client.keys()) == {
        "ws:connections:bob",
        "ws:instance:dead:buried",
        "ws:instance:heir",
        "ws:instance:heir:sockets",
        "ws:instances",
        "ws:online",
        "ws:socket:s4",
    }
    assert await client.smembers("ws:instances") == {"heir"}
    assert await client.smembers("ws:online") == {"bob"}


async def test_instance_that_comes_back_is_not_forgotten(link: Link, client: "Redis") -> None:
    """An instance that renews its lease between inheritance and forgetting keeps what it registers, and learns."""
    await link.exchange([registry.renew("i", 9), registry.arrive("i", "ann", "s1", AT)])
    await client.delete("ws:instance:i")
    await link.exchange([registry.inherit("i", "heir", 9)])
    reply, _ = await link.exchange([registry.renew("i", 9), registry.arrive("i", "ann", "s1", AT)])
    renewal = registry.renewal(reply)
    assert renewal.buried
    assert not renewal.held
    await link.exchange([registry.forget("i")])
    assert await client.smembers("ws:instances") == {"i"}
    assert await client.hgetall("ws:instance:i:sockets") == {"s1": "ann"}
    assert not registry.renewal((await link.exchange([registry.renew("i", 9)]))[0]).buried


def test_another_answer_is_a_mistake() -> None:
    """What is no renewal is not taken for one."""
    with pytest.raises(ValueError, match="something else"):
        registry.renewal(None)
