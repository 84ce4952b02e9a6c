"""A world of one conversation for the hub: a store, an obedient bus, and screens that keep what they are shown."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

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
    Superseded,
)
from palaver_runtime.domain.values import Conversation, ConversationType, Participant, Role
from palaver_runtime.ports import Standing

T = TypeVar("T")

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass
class Bus:
    """A bus that brings what it is told to, and nothing by itself. With `unheard` nobody else publishes."""

    topics: set[str] = field(default_factory=set)
    unheard: int | None = None
    heard: bool = True

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

    async def settled(self) -> None:
        """Do nothing: an interest holds at once."""


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
    deleted: set[str] = field(default_factory=set)
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
        elif self.bus.unheard is not None:
            self.bus.unheard += 1

    async def read(self, work: Callable[["World"], Awaitable[T]]) -> T:
        """Do some work in a transaction."""
        return await work(self)

    async def version(self) -> None:
        """Say nothing of what was committed."""

    async def ask(self, work: Callable[["World"], Awaitable[T]]) -> T:
        """Do so."""
        return await work(self)

    async def memberships(self, user_id: str) -> dict[str, int]:
        """Give the user's conversations; what happens meanwhile happens after the snapshot."""
        found = {"c": self.revision} if user_id in self.participants else {}
        self.on_read()
        return found

    def joined(self, user_id: str) -> int:
        """Give the revision since which somebody is in the conversation."""
        added = [each.revision for each in self.log if isinstance(each, ParticipantAdded) and each.user_id == user_id]
        return max(added, default=1)

    async def standings(self, user_ids: Sequence[str]) -> tuple[Standing, ...]:
        """Give the memberships of some users."""
        return tuple(
            Standing(user_id=each, conversation_id="c", joined_revision=self.joined(each), revision=self.revision)
            for each in self.participants
            if each in user_ids
        )

    async def moved(self, known: Mapping[str, int]) -> dict[str, int]:
        """Give where the conversation stands, if that is not known."""
        return {} if known.get("c", self.revision) == self.revision else {"c": self.revision}

    async def miscounted(self, numbers: Mapping[str, int]) -> frozenset[str]:
        """Give who is in it and should not be, or is not and should be."""
        return frozenset(each for each, number in numbers.items() if number != (each in self.participants))

    async def ended_sessions(self, session_ids: Sequence[str]) -> frozenset[str]:
        """Give the sessions that have ended."""
        return frozenset(self.ended & set(session_ids))

    async def deleted_users(self, user_ids: Sequence[str]) -> frozenset[str]:
        """Give the users who were deleted."""
        return frozenset(self.deleted & set(user_ids))

    async def changes(self, conversation_id: str, after: int, until: int) -> tuple[Change, ...]:
        """Give a range of the log, or fail as often as asked to."""
        assert conversation_id == "c"
        if self.failures:
            self.failures -= 1
            raise OSError("the store is away")
        self.reads.append((after, until))
        founders = [each for each in self.participants if self.joined(each) == 1]
        created = ConversationCreated(conversation_id="c", revision=1, conversation=conversation("", *founders))
        return tuple(self.told(each) for each in (created, *self.log) if after < each.revision <= until)

    def told(self, change: Change) -> Change:
        """Give a change as the store replays it: an addition that was undone since is told no more."""
        if isinstance(change, ParticipantAdded) and (
            change.user_id not in self.participants or self.joined(change.user_id) != change.revision
        ):
            return Superseded(conversation_id="c", revision=change.revision)
        return change


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


async def attach(
    world: World, screen: Screen, user_id: str, number: int = 1, *, entered: Collection[str] | None = None
) -> Member:
    """Connect a user; with `entered`, by a connection that hears those conversations alone."""
    member = Member(
        id=f"{user_id}{number}",
        user_id=user_id,
        session_id=f"s-{user_id}",
        outlet=screen,
        selective=entered is not None,
    )
    member.entered.update(entered or ())
    await world.hub.attach(member, lambda: screen.seen.setdefault(member.id, []).append("greeting"))
    return member


async def settle(world: World) -> None:
    """Let all gap fills end."""
    await mended(world.hub)


async def mended(hub: Hub) -> None:
    """Let all gap fills of a hub end."""
    while fills := list(hub._mending.values()):
        await asyncio.gather(*fills)
