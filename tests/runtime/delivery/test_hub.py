"""Events on their way to the connections of an instance."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from palaver_runtime.delivery import hub as hub_module
from palaver_runtime.delivery.audience import Member
from palaver_runtime.delivery.hub import Hub
from palaver_runtime.delivery.topics import topics_of
from palaver_runtime.domain.events import (
    Change,
    ConversationCreated,
    ConversationUpdated,
    Event,
    ParticipantAdded,
    ParticipantRemoved,
    SessionEnded,
    TypingChanged,
)
from palaver_runtime.domain.values import Conversation, ConversationType, Participant, Role
from palaver_runtime.ports import Standing

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass
class Bus:
    """A bus that brings what it is told to, and nothing by itself."""

    topics: set[str] = field(default_factory=set)

    def publish(self, topics: Sequence[str], event: Event) -> None:
        """Fail: the hub publishes nothing."""
        raise AssertionError(topics, event)

    def subscribe(self, topic: str) -> None:
        """Note an interest, which must be news."""
        assert topic not in self.topics
        self.topics.add(topic)

    def unsubscribe(self, topic: str) -> None:
        """Forget an interest, which must be there."""
        self.topics.remove(topic)


@dataclass
class World:
    """One conversation c, as the store has it, and the hub that follows it."""

    participants: list[str]
    log: list[Change] = field(default_factory=list)
    bus: Bus = field(default_factory=Bus)
    on_read: Callable[[], None] = lambda: None
    failures: int = 0
    reads: list[tuple[int, int]] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    hub: Hub = field(init=False)

    def __post_init__(self) -> None:
        self.hub = Hub(self.bus, self)  # type: ignore[arg-type]  # a store of two questions

    @property
    def revision(self) -> int:
        """How far the conversation has come."""
        return 1 + len(self.log)

    def commit(self, make: Callable[[int], Change]) -> Change:
        """Write a change to the store, and give it without publishing it."""
        change = make(self.revision + 1)
        self.log.append(change)
        match change:
            case ParticipantAdded(user_id=user_id):
                self.participants.append(user_id)
            case ParticipantRemoved(user_id=user_id):
                self.participants.remove(user_id)
        return change

    def publish(self, event: Event) -> None:
        """Let the bus bring an event, if the hub is interested."""
        if self.bus.topics & set(topics_of(event)):
            self.hub.receive(event)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["World"]:
        """Open a transaction."""
        yield self

    async def memberships(self, user_id: str) -> dict[str, int]:
        """Give the user's conversations; what happens meanwhile happens after the snapshot."""
        found = {"c": self.revision} if user_id in self.participants else {}
        self.on_read()
        return found

    async def standings(self, user_ids: Sequence[str]) -> tuple[Standing, ...]:
        """Give the memberships of some users."""
        since = {each.user_id: each.revision for each in self.log if isinstance(each, ParticipantAdded)}
        return tuple(
            Standing(user_id=each, conversation_id="c", joined_revision=since.get(each, 1), revision=self.revision)
            for each in self.participants
            if each in user_ids
        )

    async def revisions(self, conversation_ids: Sequence[str]) -> dict[str, int]:
        """Give where the conversation stands, if asked for it."""
        return {"c": self.revision} if "c" in conversation_ids else {}

    async def ended_sessions(self, session_ids: Sequence[str]) -> frozenset[str]:
        """Give the sessions that have ended."""
        return frozenset(self.ended & set(session_ids))

    async def changes(self, conversation_id: str, after: int, until: int) -> tuple[Change, ...]:
        """Give a range of the log, or fail as often as asked to."""
        assert conversation_id == "c"
        if self.failures:
            self.failures -= 1
            raise OSError("the store is away")
        self.reads.append((after, until))
        return tuple(each for each in self.log if after < each.revision <= until)


class Screen:
    """An outlet that keeps what was written to whom."""

    def __init__(self) -> None:
        self.seen: dict[str, list[object]] = {}
        self.dismissed: list[str] = []

    def deliver(self, event: Event, members: Sequence[Member]) -> None:
        """Keep an event for each connection."""
        for each in members:
            self.seen.setdefault(each.id, []).append(getattr(event, "revision", event))

    def dismiss(self, member: Member, reason: str) -> None:
        """Keep who was closed."""
        assert reason
        self.dismissed.append(member.id)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "FILL_DELAY", 0.0)
    monkeypatch.setattr(hub_module, "FILL_RETRY", 0.0)


@pytest.fixture
def screen() -> Screen:
    """Give an outlet."""
    return Screen()


def conversation(*user_ids: str) -> Conversation:
    """Make conversation c."""
    return Conversation(
        id="c",
        type=ConversationType.GROUP,
        name=None,
        metadata={},
        created_by=user_ids[0],
        created_at=NOW,
        updated_at=NOW,
        active_at=NOW,
        revision=1,
        sequence=0,
        participants=tuple(Participant(user_id=each, role=Role.MEMBER, joined_at=NOW) for each in user_ids),
    )


def renamed(revision: int) -> Change:
    """Make a change that is told to everybody."""
    return ConversationUpdated(conversation_id="c", revision=revision, conversation=conversation("a", "b"))


def added(user_id: str) -> Callable[[int], Change]:
    """Make the addition of a user."""
    return lambda revision: ParticipantAdded(
        conversation_id="c", revision=revision, conversation=conversation("a", user_id), user_id=user_id, at=NOW
    )


def removed(user_id: str) -> Callable[[int], Change]:
    """Make the removal of a user."""
    return lambda revision: ParticipantRemoved(conversation_id="c", revision=revision, user_id=user_id, at=NOW)


async def attach(world: World, screen: Screen, user_id: str, number: int = 1) -> Member:
    """Connect a user."""
    member = Member(id=f"{user_id}{number}", user_id=user_id, session_id=f"s-{user_id}", outlet=screen)
    await world.hub.attach(member, lambda: screen.seen.setdefault(member.id, []).append("greeting"))
    return member


async def settle(world: World) -> None:
    """Let all gap fills end."""
    while fills := list(world.hub._fills.values()):
        await asyncio.gather(*fills)


async def test_changes_reach_everybody_in_order_after_the_greeting(screen: Screen) -> None:
    """Connections receive each change once, by revision, whatever order they are published in."""
    world = World(["a", "b"])
    await attach(world, screen, "a")
    await attach(world, screen, "b")
    first, second, third = (world.commit(renamed) for _ in range(3))
    for each in (second, first, second, third):
        world.publish(each)
    await settle(world)
    assert screen.seen == {"a1": ["greeting", 2, 3, 4], "b1": ["greeting", 2, 3, 4]}


async def test_what_the_bus_lost_is_read_from_the_store(screen: Screen) -> None:
    """A later change shows the gap, which is filled, also when the store fails at first."""
    world = World(["a"], failures=2)
    await attach(world, screen, "a")
    world.commit(renamed)
    world.commit(renamed)
    world.publish(world.commit(renamed))
    assert screen.seen["a1"] == ["greeting"]
    await settle(world)
    assert screen.seen["a1"] == ["greeting", 2, 3, 4]
    assert world.reads == [(1, 4)]


async def test_a_new_conversation_is_followed_at_once(screen: Screen) -> None:
    """Who is in a conversation when it is made receives it and all that follows, on each device."""
    world = World([])
    await attach(world, screen, "a", 1)
    await attach(world, screen, "a", 2)
    world.participants.append("a")
    world.publish(ConversationCreated(conversation_id="c", revision=1, conversation=conversation("a")))
    world.publish(world.commit(renamed))
    assert screen.seen == {"a1": ["greeting", 1, 2], "a2": ["greeting", 1, 2]}


async def test_who_is_added_receives_the_addition_and_what_follows(screen: Screen) -> None:
    """An added user's connection follows from the addition on, also where nobody followed before."""
    world = World(["a"])
    await attach(world, screen, "b")
    world.commit(renamed)
    world.publish(world.commit(added("b")))
    world.publish(world.commit(renamed))
    assert screen.seen["b1"] == ["greeting", 3, 4]


async def test_who_is_removed_receives_the_removal_and_nothing_more(screen: Screen) -> None:
    """A removed user's connections hear of it and fall silent; the others go on."""
    world = World(["a", "b"])
    await attach(world, screen, "a")
    gone = await attach(world, screen, "b")
    removal = world.commit(removed("b"))
    later = world.commit(renamed)
    world.publish(later)
    world.publish(removal)
    await settle(world)
    assert screen.seen == {"a1": ["greeting", 2, 3], "b1": ["greeting", 2]}
    assert gone.following == set()


async def test_a_removal_while_connecting_is_not_missed(screen: Screen) -> None:
    """Somebody removed between the reading of the store and its end follows nothing afterwards."""
    world = World(["a", "b"])
    await attach(world, screen, "a")

    def remove_once() -> None:
        world.on_read = lambda: None
        world.publish(world.commit(removed("b")))

    world.on_read = remove_once
    member = await attach(world, screen, "b")
    world.publish(world.commit(renamed))
    assert member.following == set()
    assert screen.seen == {"a1": ["greeting", 2, 3], "b1": ["greeting"]}


async def test_an_addition_while_connecting_is_not_missed(screen: Screen) -> None:
    """Somebody added between the reading of the store and its end follows, and is greeted first."""
    world = World(["a"])

    def add_once() -> None:
        world.on_read = lambda: None
        world.publish(world.commit(added("b")))

    world.on_read = add_once
    member = await attach(world, screen, "b")
    assert member.following == {"c"}
    world.publish(world.commit(renamed))
    assert screen.seen == {"b1": ["greeting", 3]}


async def test_a_change_while_connecting_is_read_or_delivered_not_both(screen: Screen) -> None:
    """What the reading has seen is not delivered, what comes after it is."""
    world = World(["a"])
    moments = iter([world.commit(renamed), None, world.commit(renamed)])

    def publish_next() -> None:
        if (change := next(moments, None)) is not None:
            world.publish(change)

    world.on_read = publish_next
    await attach(world, screen, "a")
    late = world.commit(renamed)
    world.publish(late)
    await settle(world)
    assert screen.seen == {"a1": ["greeting", late.revision]}


async def test_interest_ends_with_the_last_connection(screen: Screen) -> None:
    """Topics are held as long as somebody needs them; detaching twice changes nothing."""
    world = World(["a"])
    first = await attach(world, screen, "a", 1)
    second = await attach(world, screen, "a", 2)
    assert world.bus.topics == {"user:a", "conversation:c"}
    world.hub.detach(first)
    world.hub.detach(first)
    assert world.bus.topics == {"user:a", "conversation:c"}
    world.hub.detach(second)
    assert world.bus.topics == set()


async def test_a_session_that_ends_closes_its_connections(screen: Screen) -> None:
    """Only the connections of that session are dismissed, ready or not."""
    world = World(["a"])
    await attach(world, screen, "a", 1)
    other = await attach(world, screen, "a", 2)
    other.session_id = "another"
    world.publish(SessionEnded(user_id="a", session_id="s-a"))
    assert screen.dismissed == ["a1"]


async def test_one_broken_outlet_does_not_silence_the_others(screen: Screen, caplog: pytest.LogCaptureFixture) -> None:
    """An exception while writing is logged, and the rest is delivered."""

    class Broken(Screen):
        def deliver(self, event: Event, members: Sequence[Member]) -> None:
            raise OSError("the wire is cut")

    world = World(["a", "b"])
    await attach(world, Broken(), "a")
    await attach(world, screen, "b")
    world.publish(world.commit(renamed))
    world.publish(TypingChanged(conversation_id="c", user_id="a", active=True, at=NOW))
    assert [each for each in screen.seen["b1"] if each in ("greeting", 2)] == ["greeting", 2]
    assert len(screen.seen["b1"]) == 3
    assert "could not be written" in caplog.text


async def test_closing_ends_the_filling(screen: Screen) -> None:
    """A fill that cannot succeed ends with the hub."""
    world = World(["a"], failures=10**9)
    await attach(world, screen, "a")
    world.commit(renamed)
    world.publish(world.commit(renamed))
    await asyncio.sleep(0)
    await world.hub.close()
    assert not world.hub._fills


async def test_a_lost_change_is_found_by_catching_up(screen: Screen) -> None:
    """What no later change betrays is found where the conversation stands in the store."""
    world = World(["a"])
    await attach(world, screen, "a")
    world.commit(renamed)
    await world.hub.catch_up()
    await settle(world)
    assert screen.seen == {"a1": ["greeting", 2]}


async def test_a_lost_addition_is_found_by_catching_up(screen: Screen) -> None:
    """Who was added without hearing of it follows from the addition on, whether others here follow or not."""
    world = World(["a"])
    await attach(world, screen, "b")
    world.commit(renamed)
    world.commit(added("b"))
    world.commit(renamed)
    await world.hub.catch_up()
    await settle(world)
    assert screen.seen["b1"] == ["greeting", 3, 4]
    await attach(world, screen, "d")
    world.commit(added("d"))
    await world.hub.catch_up()
    await settle(world)
    assert screen.seen["d1"] == ["greeting", 5]


async def test_a_lost_removal_is_found_by_catching_up(screen: Screen) -> None:
    """Who was removed without hearing of it is told, follows nothing, and nothing is left behind."""
    world = World(["a", "b"])
    gone = await attach(world, screen, "b")
    world.commit(removed("b"))
    await world.hub.catch_up()
    await settle(world)
    assert screen.seen["b1"] == ["greeting", 2]
    assert gone.following == set()
    assert world.bus.topics == {"user:b"}


async def test_a_lost_end_of_a_session_is_found_by_catching_up(screen: Screen) -> None:
    """The connections of a session that has ended are dismissed."""
    world = World(["a"], ended={"s-a"})
    await attach(world, screen, "a")
    await world.hub.catch_up()
    assert screen.dismissed == ["a1"]


async def test_what_is_read_late_is_not_for_those_who_have_left(screen: Screen) -> None:
    """The store shows messages as they are now: who is removed on the way gets the removal alone."""
    world = World(["a", "b"])
    await attach(world, screen, "a")
    await attach(world, screen, "b")
    world.commit(renamed)
    world.commit(removed("b"))
    world.publish(world.commit(renamed))
    await settle(world)
    assert screen.seen == {"a1": ["greeting", 2, 3, 4], "b1": ["greeting", 3]}


async def test_who_is_removed_and_added_again_goes_on(screen: Screen) -> None:
    """A removal and an addition that are read together leave the only follower following."""
    world = World(["a", "b"])
    member = await attach(world, screen, "b")
    world.commit(removed("b"))
    world.commit(added("b"))
    world.publish(world.commit(renamed))
    await settle(world)
    world.publish(world.commit(renamed))
    assert screen.seen["b1"] == ["greeting", 2, 3, 4, 5]
    assert member.following == {"c"}


async def test_the_heartbeat_catches_up(screen: Screen) -> None:
    """Once started the hub finds by itself what was lost, also after the store has failed."""
    world = World(["a"])
    await attach(world, screen, "a")
    world.commit(renamed)
    found = asyncio.Event()
    deliver = screen.deliver

    def tell(event: Event, members: Sequence[Member]) -> None:
        deliver(event, members)
        found.set()

    standings, failures = world.standings, iter([True])

    async def unsteady(user_ids: Sequence[str]) -> tuple[Standing, ...]:
        if next(failures, False):
            raise OSError("the store is away")
        return await standings(user_ids)

    screen.deliver = tell  # type: ignore[method-assign]
    world.standings = unsteady  # type: ignore[method-assign]
    world.hub.start(heartbeat=0.001)
    await asyncio.wait_for(found.wait(), 5)
    await world.hub.close()
    assert screen.seen["a1"] == ["greeting", 2]


async def test_a_revision_that_the_store_does_not_have_is_waited_for(
    screen: Screen, caplog: pytest.LogCaptureFixture
) -> None:
    """A gap that reading does not close is logged and read again, not spun on."""
    world = World(["a"])
    await attach(world, screen, "a")
    hidden = [world.commit(renamed), world.commit(renamed)]
    world.log.clear()
    changes = world.changes

    async def late(conversation_id: str, after: int, until: int) -> tuple[Change, ...]:
        found = await changes(conversation_id, after, until)
        world.log[:] = hidden
        return found

    world.changes = late  # type: ignore[method-assign]
    world.publish(hidden[1])
    await settle(world)
    assert screen.seen["a1"] == ["greeting", 2, 3]
    assert "revision 2 of conversation c is not in the store" in caplog.text
