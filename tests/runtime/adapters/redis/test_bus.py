"""The bus between instances, on a real Redis."""

import asyncio
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from doubles.instance import SOON, Instance, instances
from redis.asyncio import Redis
from servers.redis import RedisServer

from palaver_runtime.adapters.redis import bus as module
from palaver_runtime.adapters.redis.bus import RedisBus
from palaver_runtime.adapters.redis.codec import encode
from palaver_runtime.domain.events import (
    ConversationCreated,
    ConversationUpdated,
    Event,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    ParticipantAdded,
    ParticipantRemoved,
    PresenceChanged,
    ReadMarked,
    SessionEnded,
    TypingChanged,
)
from palaver_runtime.domain.values import Conversation, ConversationType, Message, Participant, Role

AT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
CONVERSATION = Conversation(
    id="c",
    type=ConversationType.GROUP,
    name="Käse",
    metadata={"a": [1, None]},
    created_by="ann",
    created_at=AT,
    updated_at=AT,
    active_at=AT,
    revision=1,
    sequence=0,
    participants=(Participant(user_id="ann", role=Role.OWNER, joined_at=AT),),
)
MESSAGE = Message(
    id="m",
    conversation_id="c",
    sender_id="ann",
    content="Grüße",
    sequence=1,
    created_revision=2,
    revision=2,
    created_at=AT,
    updated_at=AT,
)


def mark(number: int | str = "marker") -> SessionEnded:
    """An event that can be told from others."""
    return SessionEnded(user_id="ann", session_id=str(number))


async def subscribed(nodes: list[Instance], *topics: str) -> None:
    """Subscribe everywhere, and wait until that is in force."""
    for node in nodes:
        for topic in topics:
            node.bus.subscribe(topic)
    for node in nodes:
        await node.bus.settled()


async def test_every_kind_of_event_travels_in_order(redis_url: str) -> None:
    """What one instance publishes every instance receives, whole and in its order; the first of them at once."""
    events: list[Event] = [
        ConversationCreated(conversation_id="c", revision=1, conversation=CONVERSATION),
        MessageCreated(conversation_id="c", revision=2, message=MESSAGE),
        MessageEdited(conversation_id="c", revision=3, message=MESSAGE.with_content("?", 3, AT)),
        MessageDeleted(conversation_id="c", revision=4, message=MESSAGE.erased(4, AT)),
        ConversationUpdated(conversation_id="c", revision=5, conversation=replace(CONVERSATION, name=None)),
        ParticipantAdded(conversation_id="c", revision=6, conversation=CONVERSATION, user_id="bob", at=AT),
        ParticipantRemoved(conversation_id="c", revision=7, user_id="bob", at=AT),
        ReadMarked(conversation_id="c", user_id="ann", message_id="m", sequence=1, at=AT),
        TypingChanged(conversation_id="c", user_id="ann", active=True, at=AT),
        PresenceChanged(conversation_id="c", user_id="ann", online=False, at=AT),
        SessionEnded(user_id="ann", session_id="s"),
    ]
    async with instances(redis_url, 3) as nodes:
        await subscribed(nodes, "c")
        for event in events:
            nodes[0].bus.publish(["c"], event)
        assert nodes[0].events == events
        for node in nodes:
            assert await node.received(events[-1]) == events


async def test_events_of_a_moment_are_one_publication(redis_server: RedisServer) -> None:
    """What is published in one turn on the same topics is one command, which is on its way before it is told here."""
    waiting: list[int] = []
    one = RedisBus(redis_server.url, on_recovered=lambda: None)
    one.attach(lambda event: waiting.append(one.figures.waiting))
    async with instances(redis_server.url, 1) as (two,), Redis.from_url(redis_server.url) as client:
        one.start()
        try:
            one.subscribe("a")
            one.subscribe("b")
            await subscribed([two], "a", "b")
            await two.until(lambda: one.healthy)
            for topic, number in (("a", 1), ("a", 2), ("a", 3), ("b", 4), ("a", 5)):
                one.publish([topic], mark(number))
            assert waiting == [1, 2, 3, 4, 5]
            assert await two.received(mark(5)) == [mark(number) for number in range(1, 6)]
            assert (await client.info("commandstats"))["cmdstat_publish"]["calls"] == 3
        finally:
            await one.close()


async def test_order_is_kept_over_many_batches(redis_url: str) -> None:
    """Two thousand events of each of two instances arrive at a third in the order of each, none missing or twice."""
    async with instances(redis_url, 3) as nodes:
        await subscribed(nodes[2:], "c")
        sent: dict[str, list[Event]] = {"0": [], "1": []}
        for number in range(2000):
            for name, node in (("0", nodes[0]), ("1", nodes[1])):
                event = SessionEnded(user_id=name, session_id=str(number))
                sent[name].append(event)
                node.bus.publish(["c"], event)
            if number % 100 == 0:
                await asyncio.sleep(0)
        await nodes[2].until(lambda: len(nodes[2].events) >= 4000)
        for name, events in sent.items():
            assert [each for each in nodes[2].events if getattr(each, "user_id", "") == name] == events
        assert nodes[2].bus.figures.received == 4000
        await nodes[0].until(lambda: nodes[0].bus.figures.published == 2000)


async def test_only_the_interested_receive(redis_url: str) -> None:
    """Events of topics that an instance does not want, or wants no more, reach neither it nor its connection."""
    async with instances(redis_url, 2) as (one, two):
        await subscribed([one, two], "b", "c", "d")
        for bus in (one.bus, two.bus):
            bus.subscribe("b")
            bus.unsubscribe("b")
            bus.unsubscribe("b")
            bus.unsubscribe("never")
        await two.bus.settled()
        one.bus.publish(["a"], mark(1))
        one.bus.publish(["b"], mark(2))
        one.bus.publish([], mark(3))
        one.bus.publish(["c"], mark())
        assert await one.received(mark()) == [mark()]
        assert await two.received(mark()) == [mark()]
        assert two.bus.figures.received == 1
        async with Redis.from_url(redis_url) as client:
            channels = [each.decode() for each in await client.pubsub_channels("palaver:*")]
        assert sorted(each.rpartition(":")[2] for each in channels) == ["c", "d"]


async def test_topic_may_be_wanted_again_at_once(redis_url: str) -> None:
    """However quickly a topic is wanted and not wanted, the last word holds."""
    async with instances(redis_url, 2) as (one, two):
        for _ in range(3):
            two.bus.subscribe("a")
            two.bus.unsubscribe("b")
            await asyncio.sleep(0)
            two.bus.unsubscribe("a")
            two.bus.subscribe("b")
            await asyncio.sleep(0)
        await two.bus.settled()
        one.bus.publish(["a"], mark(1))
        one.bus.publish(["b"], mark())
        assert await two.received(mark()) == [mark()]


async def test_event_on_several_topics_arrives_once(redis_url: str) -> None:
    """An instance that wants several of an event's topics receives it once, also the one that published it."""
    async with instances(redis_url, 2) as (one, two):
        await subscribed([one, two], "a", "b")
        typing = TypingChanged(conversation_id="c", user_id="ann", active=True, at=AT)
        one.bus.publish(["a", "b", "a"], typing)
        one.bus.publish(["b"], typing)
        one.bus.publish(["b"], mark())
        assert await one.received(mark()) == [typing, typing, mark()]
        assert await two.received(mark()) == [typing, typing, mark()]


async def test_own_echo_is_skipped(redis_url: str) -> None:
    """An instance does not receive what it published a second time: another's later event fences it."""
    async with instances(redis_url, 2) as (one, two):
        await subscribed([one, two], "a")
        one.bus.publish(["a"], mark(1))
        await two.received(mark(1))
        two.bus.publish(["a"], mark())
        assert await one.received(mark()) == [mark(1), mark()]
        assert one.bus.figures.received == 1


async def test_settled_subscription_misses_nothing(redis_url: str) -> None:
    """Whatever is published anywhere after `settled` arrives."""
    async with instances(redis_url, 2) as (one, two):
        for number in range(200):
            topic = f"conversation:{number}"
            two.bus.subscribe(topic)
            await two.bus.settled()
            one.bus.publish([topic], mark(number))
        await two.until(lambda: len(two.events) == 200)


@pytest.mark.parametrize("user_id", ["a b", "line\nbreak", "☃", "half \ud83d", "x" * 255])
async def test_any_name_can_be_a_topic(redis_url: str, user_id: str) -> None:
    """Names come from foreign tokens and may hold anything."""
    async with instances(redis_url, 2) as (one, two):
        await subscribed([two], f"user:{user_id}")
        event = SessionEnded(user_id=user_id, session_id="s")
        one.bus.publish([f"user:{user_id}"], event)
        assert await two.received(event) == [event]


async def test_databases_are_apart(redis_server: RedisServer) -> None:
    """Who uses another database of the same Redis hears nothing."""
    other = redis_server.url.removesuffix("/0") + "/1"
    async with instances(redis_server.url, 2) as (one, two), instances(other, 1) as (stranger,):
        await subscribed([two, stranger], "a")
        stranger.bus.publish(["a"], mark(1))
        await stranger.until(lambda: stranger.bus.figures.published == 1)
        one.bus.publish(["a"], mark())
        assert await two.received(mark()) == [mark()]


async def test_what_is_no_event_is_ignored(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Another version's event and mere noise leave a line in the log, and the next event arrives."""
    later = encode(mark()).replace(b'"v":1', b'"v":2')
    noise = [b"", b"x", b"a b c", b"\xff\xfe", b"x 9999999999999999999999 {}", b"later 1 " + later]
    async with instances(redis_url, 2) as (one, two), Redis.from_url(redis_url) as client:
        await subscribed([two], "a")
        (channel,) = await client.pubsub_channels("palaver:*")
        with caplog.at_level(logging.WARNING):
            for payload in noise:
                await client.publish(channel, payload)
            one.bus.publish(["a"], mark())
            assert await two.received(mark()) == [mark()]
        assert two.bus.figures.unreadable == len(noise)
        assert "another version" in caplog.text
        assert two.bus.figures.reconnects == 0


async def test_failing_receiver_does_not_stop_the_bus(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A receiver that raises is logged, both for what is published here and elsewhere; publishing goes on."""
    async with instances(redis_url, 2) as (one, two):
        bus = RedisBus(redis_url, on_recovered=lambda: None)
        received: list[Event] = []

        def receive(event: Event) -> None:
            received.append(event)
            raise ZeroDivisionError

        bus.attach(receive)
        bus.subscribe("a")
        bus.start()
        try:
            await subscribed([two], "a")
            await two.until(lambda: bus.healthy)
            bus.publish(["a"], mark(1))
            await two.received(mark(1))
            one.bus.publish(["a"], mark(2))
            await two.until(lambda: len(received) == 2)
            one.bus.publish(["a"], mark(3))
            await two.until(lambda: len(received) == 3)
        finally:
            await bus.close()
    assert received == [mark(1), mark(2), mark(3)]
    assert caplog.text.count("could not be delivered") == 3


async def test_event_that_cannot_be_written_is_delivered_here(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """What JSON cannot say is our own mistake: publishing logs it, does not raise, and goes on."""
    bad = MessageCreated(conversation_id="c", revision=1, message=replace(MESSAGE, metadata={"a": object()}))
    async with instances(redis_url, 2) as (one, two):
        await subscribed([one, two], "a")
        one.bus.publish(["a"], bad)
        one.bus.publish(["a"], mark())
        assert one.events == [bad, mark()]
        assert await two.received(mark()) == [mark()]
    assert "cannot be written" in caplog.text


@pytest.mark.parametrize("fault", ["stop", "kill"])
async def test_bus_recovers_from_a_restart(redis_server: RedisServer, fault: str) -> None:
    """After Redis ended and came back, every subscription is in force again before `on_recovered` is called.

    What was published meanwhile was delivered at home at once, and arrives elsewhere in order or was missed.
    """
    async with instances(redis_server.url, 3) as nodes:
        one, two, _ = nodes
        await subscribed(nodes, "a", "b")
        assert [each.recoveries for each in nodes] == [1, 1, 1]
        getattr(redis_server, fault)()
        await one.until(lambda: not any(each.bus.healthy for each in nodes))
        for number in range(10):
            one.bus.publish(["a"], mark(number))
        assert one.events == [mark(number) for number in range(10)]
        await two.bus.settled()
        redis_server.start()
        for each in nodes:
            await each.until(lambda each=each: each.recoveries == 2 and each.bus.healthy)  # type: ignore[misc]
            assert each.bus.figures.reconnects == 1
        two.bus.publish(["b"], mark())
        for each in nodes:
            arrived = await each.received(mark())
            assert arrived[-1] == mark()
            numbers = [int(event.session_id) for event in arrived[:-1] if isinstance(event, SessionEnded)]
            assert numbers == sorted(set(numbers))


async def test_events_wait_while_redis_is_away(redis_server: RedisServer) -> None:
    """What is published while Redis is away is published there when it is back, none of it dropped."""
    async with instances(redis_server.url, 1) as (one,):
        redis_server.stop()
        await one.until(lambda: not one.bus.healthy)
        for number in range(1000):
            one.bus.publish(["a"], mark(number))
        redis_server.start()
        await one.until(lambda: one.bus.figures.published == 1000)
        assert one.bus.figures.dropped == 0


async def test_frozen_redis_is_noticed(redis_server: RedisServer) -> None:
    """A Redis that stands still is noticed by pings; after the thaw events arrive again, none of them twice."""
    async with instances(redis_server.url, 2, **SOON) as (one, two):
        await subscribed([one, two], "a")
        redis_server.freeze()
        one.bus.publish(["a"], mark(1))
        assert one.events == [mark(1)]
        await two.until(lambda: not two.bus.healthy and not one.bus.healthy)
        one.bus.publish(["a"], mark(2))
        redis_server.thaw()
        for each in (one, two):
            await each.until(lambda each=each: each.recoveries >= 2 and each.bus.healthy)  # type: ignore[misc]
        one.bus.publish(["a"], mark())
        arrived = await two.received(mark())
        assert arrived[-1] == mark()
        assert len(arrived) == len(set(map(repr, arrived)))


async def test_repeated_batch_does_not_double(redis_server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """A batch whose answer did not come is sent again, and both get through: each event arrives once, in order."""
    async with instances(redis_server.url, 1, **SOON) as (one,), instances(redis_server.url, 1) as (two,):
        await subscribed([two], "a")
        redis_server.freeze()
        for number in range(3):
            one.bus.publish(["a"], mark(number))
        await one.until(lambda: "cannot be published" in caplog.text)
        for number in range(3, 6):
            one.bus.publish(["a"], mark(number))
        redis_server.thaw()
        one.bus.publish(["a"], mark())
        assert await two.received(mark()) == [*(mark(number) for number in range(6)), mark()]
        assert two.bus.figures.reconnects == 0
        async with Redis.from_url(redis_server.url) as client:
            published = (await client.info("commandstats"))["cmdstat_publish"]["calls"]
        # One parcel of what was published before the answer was given up, once more, and one of what came later.
        assert published > 2


async def test_memory_is_bounded_while_redis_is_away(redis_server: RedisServer) -> None:
    """Beyond the limit the oldest events are dropped and counted; the latest arrive."""
    redis_server.stop()
    one = Instance(redis_server.url, queue_bytes=20_000)
    two = Instance(redis_server.url)
    two.bus.subscribe("a")
    for number in range(1000):
        one.bus.publish(["a"], mark(number))
    dropped = one.bus.figures.dropped
    assert 900 < dropped < 1000
    redis_server.start()
    two.bus.start()
    await two.until(lambda: two.bus.healthy)
    one.bus.start()
    try:
        assert await two.received(mark(999)) == [mark(number) for number in range(dropped, 1000)]
    finally:
        await one.bus.close()
        await two.bus.close()


async def test_bus_starts_without_redis(redis_server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """A bus whose Redis is not there yet serves its own instance, says so once, and connects when it can."""
    redis_server.stop()
    one = Instance(redis_server.url)
    with caplog.at_level(logging.INFO):
        one.bus.start()
        try:
            one.bus.subscribe("a")
            await one.bus.settled()
            one.bus.publish(["a"], mark(1))
            assert one.events == [mark(1)]
            assert not one.bus.healthy
            await one.until(lambda: "no events come" in caplog.text)
            redis_server.start()
            await one.until(lambda: one.bus.healthy and one.recoveries == 1)
        finally:
            await one.bus.close()
    assert caplog.text.count("no events come") == 1
    assert "events come from Redis again" in caplog.text


@pytest.mark.parametrize("state", ["running", "frozen", "stopped"])
async def test_close_is_quick_and_final(redis_server: RedisServer, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing waits for what Redis takes, for a while and no longer, whatever Redis does, and leaves no task."""
    before = asyncio.all_tasks()
    if state == "running":
        monkeypatch.setattr(module, "DRAIN_TIMEOUT", 60.0)
    node = Instance(redis_server.url, timeout=10.0, ping_interval=60.0, backoff=60.0)
    node.bus.start()
    await node.until(lambda: node.bus.healthy)
    if state == "frozen":
        redis_server.freeze()
    elif state == "stopped":
        redis_server.stop()
    for number in range(5000):
        node.bus.publish(["a"], mark(number))
    began = time.monotonic()
    await node.bus.close()
    if state != "running":
        assert time.monotonic() - began < 30
    assert asyncio.all_tasks() <= before
    assert not node.bus.healthy
    if state == "running":
        assert node.bus.figures.published == 5000


async def test_bus_uses_two_connections(redis_server: RedisServer) -> None:
    """One connection publishes and one listens, however much there is to do."""
    async with instances(redis_server.url, 1) as (one,), Redis.from_url(redis_server.url) as client:
        for number in range(1000):
            one.bus.subscribe(f"a{number}")
            one.bus.publish([f"a{number}"], mark(number))
        await one.bus.settled()
        await one.until(lambda: one.bus.figures.published == 1000)
        own = await client.client_id()
        assert len([each for each in await client.client_list() if int(each["id"]) != own]) == 2


def test_bus_has_one_receiver() -> None:
    """A second receiver is a mistake in the making and refused."""
    bus = RedisBus("redis://127.0.0.1:1/0", on_recovered=lambda: None)
    bus.attach(print)
    with pytest.raises(RuntimeError, match="has a receiver already"):
        bus.attach(print)


async def test_bus_starts_once(redis_url: str) -> None:
    """A second start is a mistake in the making and refused."""
    async with instances(redis_url, 1) as (one,):
        with pytest.raises(RuntimeError, match="started already"):
            one.bus.start()
