"""Bus and presence of a single instance."""

from datetime import UTC, datetime

import pytest

from palaver_runtime.adapters.memory import MemoryBus, MemoryPresence
from palaver_runtime.domain.events import Event, ParticipantRemoved, SessionEnded, TypingChanged

EVENT = SessionEnded(user_id="ann", session_id="s1")


@pytest.fixture
def received() -> list[Event]:
    """What the receiver got."""
    return []


@pytest.fixture
def bus(received: list[Event]) -> MemoryBus:
    """A bus with a receiver."""
    bus = MemoryBus()
    bus.attach(received.append)
    return bus


def test_event_arrives_once_however_many_topics_match(bus: MemoryBus, received: list[Event]) -> None:
    """Who subscribed to several topics of an event receives it once, and at once."""
    for topic in ("a", "b", "a"):
        bus.subscribe(topic)
    bus.publish(["a", "b", "c"], EVENT)
    assert received == [EVENT]


def test_event_of_other_topics_does_not_arrive(bus: MemoryBus, received: list[Event]) -> None:
    """Nothing arrives of topics that were never subscribed to, or are not any more."""
    bus.subscribe("a")
    bus.subscribe("a")
    bus.unsubscribe("a")
    bus.unsubscribe("never")
    bus.subscribe("b")
    bus.publish(["a"], EVENT)
    bus.publish([], EVENT)
    assert received == []
    bus.publish(["b"], EVENT)
    assert received == [EVENT]


def test_nobody_hears_where_nothing_is_subscribed_to(bus: MemoryBus) -> None:
    """From the first topic on somebody does, and from the last one on nobody."""
    assert not bus.heard
    for topic in ("a", "b"):
        bus.subscribe(topic)
    bus.unsubscribe("a")
    assert bus.heard
    bus.unsubscribe("b")
    assert not bus.heard


def test_changes_that_nobody_hears_are_counted(bus: MemoryBus) -> None:
    """Who reads the store and subscribes afterwards learns whether a change went by; signals are of no moment."""
    now = datetime.now(UTC)
    removal = ParticipantRemoved(conversation_id="c", revision=2, user_id="ann", at=now)
    bus.publish(["a"], TypingChanged(conversation_id="c", user_id="ann", active=True, at=now))
    assert bus.unheard == 0
    bus.publish(["a"], removal)
    assert bus.unheard == 1
    bus.subscribe("a")
    bus.publish(["a", "b"], removal)
    assert bus.unheard == 1


def test_events_arrive_in_order(bus: MemoryBus, received: list[Event]) -> None:
    """Events arrive as they were published."""
    bus.subscribe("a")
    events = [
        TypingChanged(conversation_id=str(number), user_id="ann", active=True, at=datetime.now(UTC))
        for number in range(5)
    ]
    for event in events:
        bus.publish(["a"], event)
    assert received == events


def test_bus_has_one_receiver(bus: MemoryBus) -> None:
    """A second receiver is a mistake in the making and refused."""
    with pytest.raises(RuntimeError, match="has a receiver already"):
        bus.attach(print)


async def test_presence_counts_connections() -> None:
    """Arrivals give the number of connections; only the departure of the last one is the user's."""
    presence = MemoryPresence()
    assert [await presence.arrive("ann", each) for each in ("1", "2", "2")] == [1, 2, 2]
    assert await presence.arrive("bob", "3") == 1
    assert await presence.depart([("ann", "1"), ("ann", "1")]) == ()
    assert await presence.depart([("ann", "2"), ("ann", "2"), ("eve", "4"), ("bob", "3")]) == ("ann", "bob")
    assert await presence.depart([]) == ()
    assert await presence.arrive("ann", "5") == 1


async def test_presence_is_what_was_announced() -> None:
    """Who is announced is online until withdrawn, which no connection may stand against; each is news once."""
    presence = MemoryPresence()
    await presence.arrive("ann", "1")
    assert await presence.online(["ann", "bob"]) == frozenset()
    assert [await presence.announce("ann") for _ in range(2)] == [True, False]
    assert await presence.online(["ann", "bob"]) == {"ann"}
    await presence.arrive("eve", "2")
    await presence.announce("eve")
    assert await presence.withdraw(["ann", "bob", "eve"]) == frozenset()
    await presence.depart([("ann", "1")])
    assert await presence.online(["ann", "eve"]) == {"ann", "eve"}
    assert [await presence.withdraw(["ann", "bob", "eve"]) for _ in range(2)] == [{"ann"}, frozenset()]
    assert await presence.online(["ann", "eve"]) == {"eve"}
