"""Brings events to the connections of this instance.

The hub follows a conversation as long as it has a connection of one of the participants, with a sequencer for
each. A connection receives exactly the changes after the revision at which it began to follow; what came before
is for it to read.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final

from palaver_runtime import spans
from palaver_runtime.delivery.audience import Member, recipients
from palaver_runtime.delivery.heartbeat import Heartbeat, Piece
from palaver_runtime.delivery.sequencer import Sequencer
from palaver_runtime.delivery.topics import conversation_topic, user_topic
from palaver_runtime.domain.events import (
    Change,
    ConversationCreated,
    Durable,
    Event,
    ParticipantAdded,
    ParticipantRemoved,
    PresenceChanged,
    ReadMarked,
    SessionEnded,
    Signal,
    Superseded,
    TypingChanged,
)
from palaver_runtime.fairness import nobodys
from palaver_runtime.metrics import Metrics
from palaver_runtime.ports import Bus, Reader, Standing, Store

logger = logging.getLogger(__name__)

_NOBODY: Final[Mapping[str, int]] = MappingProxyType({})

_NO_FOLLOWERS: Final[Mapping[Member, int]] = MappingProxyType({})

_NOT_YET: Final = 1 << 62
"""The revision after which somebody is told who is yet to be told anything."""

_UNKNOWN: Final = -1
"""What is never what the store has."""

PIECE: Final = 2_000
"""Conversations and memberships that are compared in one go, which takes a few milliseconds."""
FILL_DELAY = 0.01
"""Seconds to wait before a gap is read from the store: two commits of a moment often publish the wrong way round."""
FILL_RETRY = 0.5
"""Seconds to wait when the store could not be read."""
MAX_KNOWN: Final = 1_000
"""Conversations of which it is kept whom to deliver to."""
MAX_SIGNALS = 64
"""Of a conversation into which somebody is being let: older ones are of no moment any more."""


class Hub:
    """The connections of this instance, by user and by conversation.

    All but `attach` is synchronous, and everything runs on one loop, so each method sees and leaves a whole state.
    """

    def __init__(self, bus: Bus, store: Store, metrics: Metrics | None = None) -> None:
        self._bus = bus
        self._store = store
        self._metrics = metrics or Metrics()
        self._metrics.connections_ready.watch(lambda: self.connections)
        # A user has few connections: of a set the first costs as much as of a tuple a dozen.
        self._users: dict[str, tuple[Member, ...]] = {}
        self._followers: dict[str, dict[Member, int]] = {}
        # Of the conversations in which something happened of late: who is delivered to, and the latest revision after
        # which any of them is.
        self._known: dict[str, tuple[int, list[Member]]] = {}
        self._sequencers: dict[str, Sequencer] = {}
        self._late: dict[str, dict[Member, int]] = {}
        self._signals: dict[str, deque[Signal]] = {}
        self._mending: dict[str, asyncio.Task[None]] = {}
        self._heartbeat: Final = Heartbeat(self._pieces, store.version)

    @property
    def connections(self) -> int:
        """How many connections are delivered to."""
        return sum(map(len, self._users.values()))

    def start(self, heartbeat: float) -> None:
        """Catch up every `heartbeat` seconds from now on, with the rests that a heartbeat takes."""
        self._heartbeat.start(heartbeat)

    def hurry(self) -> None:
        """Catch up at once: something may have been lost."""
        self._heartbeat.hurry()

    async def attach(
        self,
        member: Member,
        greet: Callable[[], None],
        read: Callable[[], Awaitable[Mapping[str, int]]] | None = None,
    ) -> None:
        """Begin to deliver to a connection the events of all conversations of its user.

        `greet` is called when `member.following` is settled, before the first delivery. `read` takes the place of the
        first question to the store, for those who ask it more than where the user is; what it raises is raised.

        The caller detaches it in any case, also when this raises. The interest is declared first and the store
        read afterwards, until nothing new is found: an event is then either in what was read or still to come. It need
        not be read again where no change can have been missed meanwhile: whatever anybody here hears of, `outdated`
        tells if it matters.
        """
        here = self._users.get(member.user_id)
        if here is None:
            self._bus.subscribe(user_topic(member.user_id))
        self._users[member.user_id] = (*(here or ()), member)
        while True:
            member.outdated = False
            await self._bus.settled()
            unheard = self._bus.unheard
            revisions = await (self._memberships(member.user_id) if read is None else read())
            read = None
            news = revisions.keys() - member.following
            for conversation_id in news:
                self._follow(member, conversation_id, _NOT_YET)
            missed_none = not news or (unheard is not None and unheard == self._bus.unheard)
            if missed_none and not member.outdated:
                break
        member.ready = True
        for conversation_id in member.following - revisions.keys():
            self._unfollow(member, conversation_id)
            self._settle(conversation_id)
        greet()
        for conversation_id, revision in revisions.items():
            self._follow(member, conversation_id, revision)
            self._deliver_all(conversation_id, self._sequencers[conversation_id].open(revision))

    def detach(self, member: Member) -> None:
        """Stop delivering to a connection. Detaching twice, or what was never attached, changes nothing."""
        member.ready = False
        for conversation_id in list(member.following):
            self._unfollow(member, conversation_id)
            self._settle(conversation_id)
        here = self._users.get(member.user_id)
        if here is None:
            return
        others = tuple([each for each in here if each is not member])
        if others:
            self._users[member.user_id] = others
        else:
            del self._users[member.user_id]
            self._bus.unsubscribe(user_topic(member.user_id))

    def receive(self, event: Event) -> None:
        """Take an event from the bus."""
        match event:
            case SessionEnded(user_id=user_id, session_id=session_id):
                for member in [each for each in self._users.get(user_id, ()) if session_id in (None, each.session_id)]:
                    member.outlet.dismiss(member, "session ended")
            case TypingChanged() | PresenceChanged() | ReadMarked():
                if event.conversation_id in self._late:
                    self._signals.setdefault(event.conversation_id, deque(maxlen=MAX_SIGNALS)).append(event)
                self._deliver(event, event.conversation_id)
            case _:
                self._receive_change(event)

    async def catch_up(self) -> None:
        """Find what the bus lost: changes, memberships, ended sessions and deleted users of all connected here."""
        for piece in self._pieces():
            await piece()

    async def close(self) -> None:
        """Stop reading what is missing."""
        await self._heartbeat.close()
        tasks = list(self._mending.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _pieces(self) -> Iterator[Piece]:
        """Give in pieces what is to be compared with the store: where there is little, in one."""
        conversation_ids: list[str] = []
        user_ids: list[str] = []
        room = PIECE
        for conversation_id in list(self._sequencers):
            conversation_ids.append(conversation_id)
            room -= 1
            if room <= 0:
                yield partial(self._find, conversation_ids, user_ids)
                conversation_ids, user_ids, room = [], [], PIECE
        for user_id, members in list(self._users.items()):
            user_ids.append(user_id)
            room -= 1 + sum([len(each.following) for each in members])
            if room <= 0:
                yield partial(self._find, conversation_ids, user_ids)
                conversation_ids, user_ids, room = [], [], PIECE
        yield partial(self._find, conversation_ids, user_ids)

    async def _find(self, conversation_ids: Collection[str], user_ids: Collection[str]) -> None:
        if conversation_ids:
            await self._find_changes(conversation_ids)
        if user_ids:
            await self._find_memberships(user_ids)

    async def _find_changes(self, conversation_ids: Collection[str]) -> None:
        """Find the changes of some conversations that were lost."""
        known = {}
        for conversation_id in conversation_ids:
            sequencer = self._sequencers.get(conversation_id)
            if sequencer is not None and sequencer.revision is not None:
                wanting = sequencer.gap is not None or conversation_id in self._late
                known[conversation_id] = _UNKNOWN if wanting else sequencer.revision
        moved = await self._store.ask(lambda tx: tx.moved(known))
        for conversation_id, revision in moved.items():
            sequencer = self._sequencers.get(conversation_id)
            if sequencer is not None and sequencer.revision is not None:
                wanting = sequencer.gap is not None or conversation_id in self._late
                if wanting or revision > sequencer.revision:
                    self._deliver_all(conversation_id, sequencer.open(revision))

    async def _find_memberships(self, user_ids: Collection[str]) -> None:
        """Find the additions of some users that were lost, and whether they or their sessions are still good.

        An addition shows by the number of conversations that somebody is in. Where a removal was lost too, which hides
        it, that one is found by the revision of its conversation; and the addition by the number that is left.
        """
        numbers: dict[str, int] = {}
        sessions: set[str] = set()
        for user_id in user_ids:
            for member in self._ready(user_id):
                number = len(member.following)
                numbers[user_id] = number if numbers.setdefault(user_id, number) == number else _UNKNOWN
                if member.session_id is not None:
                    sessions.add(member.session_id)

        async def read(tx: Reader) -> tuple[tuple[Standing, ...], frozenset[str], frozenset[str]]:
            miscounted = await tx.miscounted(numbers)
            return (
                await tx.standings(sorted(miscounted)) if miscounted else (),
                await tx.ended_sessions(sorted(sessions)) if sessions else frozenset(),
                await tx.deleted_users(list(numbers)),
            )

        standings, ended, deleted = await self._store.ask(read)
        for user_id in numbers:
            for member in self._ready(user_id):
                if member.session_id in ended or user_id in deleted:
                    member.outlet.dismiss(member, "session ended")
        for each in standings:
            conversation_id = each.conversation_id
            absent = [one for one in self._ready(each.user_id) if conversation_id not in one.following]
            if absent:
                self._admit(absent, conversation_id, each.joined_revision, each.revision)

    def _receive_change(self, change: Change) -> None:
        conversation_id = change.conversation_id
        entering = [each for each in self._entering(change) if conversation_id not in each.following]
        sequencer = self._sequencers.get(conversation_id)
        if sequencer is None or (sequencer.revision is not None and sequencer.revision >= change.revision):
            if entering:
                self._admit(entering, conversation_id, change.revision, change.revision)
        else:
            self._deliver_all(conversation_id, sequencer.offer(change))

    def _admit(self, members: Iterable[Member], conversation_id: str, joined: int, revision: int) -> None:
        """Let connections in with the revision that brings their user in; the conversation stands at `revision`.

        Where that revision is still to come it does so by itself. Where it is past, the store says whether it still
        holds: an addition that comes late may have been followed by a removal that was not for us to hear.
        """
        sequencer = self._sequencers.get(conversation_id)
        if sequencer is None:
            sequencer = self._sequence(conversation_id)
            sequencer.open(revision)
        if sequencer.revision is not None and sequencer.revision >= joined:
            late = self._late.setdefault(conversation_id, {})
            for member in members:
                late.setdefault(member, joined - 1)
        self._settle(conversation_id)

    def _deliver_all(
        self, conversation_id: str, changes: Iterable[Change], leaving: Mapping[str, int] = _NOBODY
    ) -> None:
        """Deliver changes in order. `leaving` gives users who get nothing before the revision of their removal."""
        for change in changes:
            for member in self._entering(change):
                if conversation_id not in member.following:
                    self._follow(member, conversation_id, change.revision - 1)
            if not isinstance(change, Superseded):
                self._deliver(change, conversation_id, change.revision, leaving)
            if isinstance(change, ParticipantRemoved):
                for member in self._settled(change.user_id):
                    self._unfollow(member, conversation_id)
        self._settle(conversation_id)

    def _settle(self, conversation_id: str) -> None:
        """Mend what is missing; leave a conversation in which nobody of ours is (any more)."""
        sequencer = self._sequencers.get(conversation_id)
        if sequencer is None:
            return
        if sequencer.gap is not None or conversation_id in self._late:
            if conversation_id not in self._mending:
                # For all who are here, and on nobody's account.
                self._mending[conversation_id] = asyncio.get_running_loop().create_task(
                    self._mend(conversation_id, sequencer), context=nobodys()
                )
        elif not self._followers[conversation_id]:
            del self._sequencers[conversation_id], self._followers[conversation_id]
            self._bus.unsubscribe(conversation_topic(conversation_id))

    def _deliver(
        self, event: Event, conversation_id: str, revision: int | None = None, leaving: Mapping[str, int] = _NOBODY
    ) -> None:
        latest, followers = self._known.get(conversation_id) or self._ready_followers(conversation_id)
        if revision is not None:
            if latest >= revision:
                following = self._followers[conversation_id]
                followers = [each for each in followers if following[each] < revision]
            if leaving:
                followers = [each for each in followers if leaving.get(each.user_id, 1) <= revision]
        members = recipients(event, conversation_id, followers)
        if not spans.traced() or not members or not isinstance(event, Durable):
            self._write(event, members)
            return
        with spans.span(f"deliver {type(event).__name__}", parent=event.trace, connections=len(members)):
            self._write(event, members)

    @staticmethod
    def _write(event: Event, members: Sequence[Member]) -> None:
        while members:
            # Mostly all are of one dialect.
            outlet = members[0].outlet
            others = [each for each in members if each.outlet is not outlet]
            if others:
                members = [each for each in members if each.outlet is outlet]
            try:
                outlet.deliver(event, members)
            except Exception:
                logger.exception("an event could not be written: %s", type(event).__name__)
            members = others

    def _entering(self, change: Change) -> list[Member]:
        match change:
            case ConversationCreated(conversation=conversation):
                # As read from the store it names today's participants: those who were added later have an event.
                began = conversation.created_at
                user_ids = [each.user_id for each in conversation.participants if each.joined_at == began]
            case ParticipantAdded(user_id=user_id):
                user_ids = [user_id]
            case _:
                return []
        return [member for each in user_ids for member in self._settled(each)]

    def _settled(self, user_id: str) -> list[Member]:
        """Give the user's connections that are ready, and let the others know that they read too early."""
        for member in self._users.get(user_id, ()):
            member.outdated = True
        return self._ready(user_id)

    def _ready(self, user_id: str) -> list[Member]:
        return [each for each in self._users.get(user_id, ()) if each.ready]

    def _sequence(self, conversation_id: str) -> Sequencer:
        sequencer = self._sequencers.get(conversation_id)
        if sequencer is None:
            sequencer = self._sequencers[conversation_id] = Sequencer()
            self._followers[conversation_id] = {}
            self._bus.subscribe(conversation_topic(conversation_id))
        return sequencer

    def _ready_followers(self, conversation_id: str) -> tuple[int, list[Member]]:
        """Find out whom to deliver to, which holds until somebody comes or goes."""
        following = self._followers.get(conversation_id, _NO_FOLLOWERS)
        members = [each for each in following if each.ready]
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[conversation_id] = found = max([following[each] for each in members], default=0), members
        return found

    def _follow(self, member: Member, conversation_id: str, since: int) -> None:
        self._sequence(conversation_id)
        self._followers[conversation_id][member] = since
        self._known.pop(conversation_id, None)
        member.following.add(conversation_id)

    def _unfollow(self, member: Member, conversation_id: str) -> None:
        member.unfollow(conversation_id)
        self._followers.get(conversation_id, {}).pop(member, None)
        self._known.pop(conversation_id, None)

    async def _mend(self, conversation_id: str, sequencer: Sequencer) -> None:
        try:
            await self._fill(conversation_id, sequencer)
        finally:
            del self._mending[conversation_id]
        self._settle(conversation_id)

    async def _fill(self, conversation_id: str, sequencer: Sequencer) -> None:
        """Read what is missing, for all or for those who come late, until nothing is."""
        await asyncio.sleep(FILL_DELAY)
        while sequencer.revision is not None:
            late, gap = self._late.get(conversation_id, {}), sequencer.gap
            if gap is None and not late:
                return
            after = min([sequencer.revision, *late.values()])
            until = gap.until if gap else sequencer.revision
            changes: Sequence[Change] | None = None
            try:
                changes = await self._changes(conversation_id, after, until)
            except Exception:
                logger.exception("revisions of conversation %s could not be read yet", conversation_id)
            if changes is None:
                await asyncio.sleep(FILL_RETRY)
                continue
            if sequencer.revision <= until:
                signals = self._signals.pop(conversation_id, ())
                for member, since in self._late.pop(conversation_id, {}).items():
                    self._replay(member, (each for each in changes if since < each.revision <= sequencer.revision))
                    if conversation_id in member.following:
                        for signal in signals:
                            self._write(signal, recipients(signal, conversation_id, [member]))
            # What is read shows the messages as they are now, which is not for those who leave on the way. Of several
            # removals the first one ends what they heard; if they are in now, a later revision brings them back.
            leaving = {
                each.user_id: each.revision for each in reversed(changes) if isinstance(each, ParticipantRemoved)
            }
            ready = sequencer.fill(changes)
            if gap is not None and ready:
                self._metrics.gaps_healed.add()
                self._metrics.revisions_healed.add(amount=min(gap.until, sequencer.revision) - gap.after)
            self._deliver_all(conversation_id, ready, leaving)
            # Not the gap of now: one that opened during the read was not asked for.
            if not ready and sequencer.revision < until:
                logger.error("revisions of conversation %s are not in the store: %s", conversation_id, gap)
                await asyncio.sleep(FILL_RETRY)

    async def _memberships(self, user_id: str) -> Mapping[str, int]:
        return await self._store.ask(lambda tx: tx.memberships(user_id))

    async def _changes(self, conversation_id: str, after: int, until: int) -> tuple[Change, ...]:
        return await self._store.read(lambda tx: tx.changes(conversation_id, after, until))

    def _replay(self, member: Member, changes: Iterable[Change]) -> None:
        """Deliver past changes to a connection from where its user is in; if the user still is, it follows."""
        inside, conversation_id, revision = False, "", 0
        for change in changes:
            conversation_id, revision = change.conversation_id, change.revision
            inside = inside or member in self._entering(change)
            if inside and not isinstance(change, Superseded):
                self._write(change, recipients(change, conversation_id, [member]))
            inside = inside and not (isinstance(change, ParticipantRemoved) and change.user_id == member.user_id)
        if inside:
            self._follow(member, conversation_id, revision)
