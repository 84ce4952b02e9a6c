"""Deliberately broken variants of the reference server, each with the scenario that must catch it.

A mutant is a function that breaks one thing in this process before the server starts. It shows that the
conformance suite, and the one scenario by name, can fail.
"""

from collections.abc import Callable
from dataclasses import dataclass

Sabotage = Callable[[], None]


@dataclass(frozen=True)
class Mutant:
    """A way to be broken. `killer` is the id of the scenario that has to fail, over so many instances."""

    name: str
    killer: str
    instances: int
    sabotage: Sabotage


MUTANTS: dict[str, Mutant] = {}


def mutant(killer: str, instances: int = 1) -> Callable[[Sabotage], Sabotage]:
    """Register a sabotage under its function's name."""

    def register(sabotage: Sabotage) -> Sabotage:
        name = sabotage.__name__.replace("_", "-")
        MUTANTS[name] = Mutant(name, killer, instances, sabotage)
        return sabotage

    return register


@mutant("auth.connect.missing")
def accepts_a_missing_token() -> None:
    """Whoever brings no token is taken for a guest."""
    from palaver_runtime.domain.values import Caller
    from palaver_runtime.services.accounts import AccountService

    authenticate = AccountService.authenticate

    async def lenient(self: AccountService, token: str | None) -> Caller:
        return await authenticate(self, token) if token else Caller(user_id="guest")

    AccountService.authenticate = lenient  # type: ignore[method-assign]


@mutant("messages.send.non-member")
def lets_non_members_send() -> None:
    """Sending asks nobody whether they are in the conversation."""
    from datetime import UTC, datetime

    from palaver_runtime.domain.values import Participant, Role
    from palaver_runtime.services import drafts

    anybody = Participant(user_id="", role=Role.MEMBER, joined_at=datetime.now(UTC))
    drafts.require_participant = lambda participant: participant or anybody  # type: ignore[attr-defined]


@mutant("messages.edit.by-other")
def lets_others_edit() -> None:
    """Every participant may change every message."""
    from palaver_runtime.domain.values import Message, Participant
    from palaver_runtime.services import messages

    def anybody(message: Message, participant: Participant | None, user_id: str) -> Message:
        return message

    messages.require_own_message = anybody  # type: ignore[attr-defined]


@mutant("messages.delete.own")
def keeps_deletions_to_itself() -> None:
    """A deletion is stored and acknowledged, and nobody hears of it."""
    from palaver_runtime.delivery.topics import BusPublisher
    from palaver_runtime.domain.events import Event, MessageDeleted, Superseded

    publish = BusPublisher.publish

    def quiet(self: BusPublisher, event: Event) -> None:
        if isinstance(event, MessageDeleted):
            event = Superseded(conversation_id=event.conversation_id, revision=event.revision)
        publish(self, event)

    BusPublisher.publish = quiet  # type: ignore[method-assign]


@mutant("sync.reconnect.missed")
def forgets_one_message_in_sync() -> None:
    """Catching up leaves out the first of the messages that were missed."""
    from dataclasses import replace

    from palaver_runtime.domain.commands import Missed, Synchronise
    from palaver_runtime.domain.values import Caller
    from palaver_runtime.services.messages import MessageService

    synchronise = MessageService.synchronise

    async def forgetful(self: MessageService, caller: Caller, command: Synchronise) -> Missed:
        missed = await synchronise(self, caller, command)
        return replace(missed, messages=missed.messages[1:])

    MessageService.synchronise = forgetful  # type: ignore[method-assign]


@mutant("membership.remove.told")
def leaves_removed_sockets_in_the_room() -> None:
    """Who was removed is told so, and goes on receiving."""
    from palaver_runtime.delivery.audience import Member
    from palaver_runtime.delivery.hub import Hub

    def stay(self: Hub, user_id: str) -> list[Member]:
        return []

    settled, deliver_all = Hub._settled, Hub._deliver_all

    def deliver(self: Hub, conversation_id: str, changes: list[object]) -> None:
        from palaver_runtime.domain.events import ParticipantRemoved

        for change in changes:
            Hub._settled = stay if isinstance(change, ParticipantRemoved) else settled  # type: ignore[method-assign]
            deliver_all(self, conversation_id, [change])  # type: ignore[list-item]
        Hub._settled = settled  # type: ignore[method-assign]

    Hub._deliver_all = deliver  # type: ignore[method-assign,assignment]


@mutant("messages.send.every-device")
def writes_to_one_device_only() -> None:
    """Of a user's connections the last one alone receives messages."""
    from palaver_runtime.delivery import hub
    from palaver_runtime.delivery.audience import Member, recipients
    from palaver_runtime.domain.events import Event

    def last(event: Event, conversation_id: str, followers: list[Member]) -> list[Member]:
        return list({each.user_id: each for each in recipients(event, conversation_id, followers)}.values())

    hub.recipients = last  # type: ignore[attr-defined]


@mutant("messages.send.retry")
def forgets_client_identifiers() -> None:
    """A message that is sent again is a second message."""
    from dataclasses import replace

    from palaver_runtime.domain.commands import SendMessage
    from palaver_runtime.domain.values import Caller, Message
    from palaver_runtime.services.messages import MessageService

    send = MessageService.send

    async def forgetful(self: MessageService, caller: Caller, command: SendMessage) -> Message:
        sent = await send(self, caller, replace(command, client_id=None))
        return replace(sent, client_id=command.client_id)

    MessageService.send = forgetful  # type: ignore[method-assign]


@mutant("receipts.mark.late")
def moves_receipts_back() -> None:
    """The latest receipt counts, however old the message is that it names."""
    from datetime import datetime

    from palaver_runtime.adapters.sql import tables
    from palaver_runtime.adapters.sql.receipts import ReceiptWriter

    async def overwrite(
        self: ReceiptWriter, conversation_id: str, user_id: str, message_id: str, sequence: int, at: datetime
    ) -> bool:
        places = tables.participants
        await self._connection.execute(
            places.update()
            .where(places.c.conversation_id == conversation_id, places.c.user_id == user_id)
            .values(read_sequence=sequence, read_message_id=message_id, read_at=at)
        )
        return True

    ReceiptWriter.advance_read_mark = overwrite  # type: ignore[method-assign]


@mutant("presence.offline.last")
def goes_offline_with_any_connection() -> None:
    """The end of one connection is taken for the end of all."""
    from palaver_runtime.adapters.memory import MemoryPresence

    depart = MemoryPresence.depart

    async def hasty(self: MemoryPresence, user_id: str, connection_id: str) -> bool:
        await depart(self, user_id, connection_id)
        self._connections.pop(user_id, None)
        return True

    MemoryPresence.depart = hasty  # type: ignore[method-assign]


@mutant("typing.start.others")
def tells_the_typist() -> None:
    """Typing is told to whoever types as well."""
    from palaver_runtime.delivery import hub
    from palaver_runtime.delivery.audience import Member
    from palaver_runtime.domain.events import Event

    def everybody(event: Event, conversation_id: str, followers: list[Member]) -> list[Member]:
        return list(followers)

    hub.recipients = everybody  # type: ignore[attr-defined]


@mutant("limits.messages.rate")
def never_limits() -> None:
    """Nothing is ever too much."""
    from palaver_runtime.adapters.limits import MemoryLimiter
    from palaver_runtime.domain.limits import Rate

    async def generous(self: MemoryLimiter, key: str, rate: Rate) -> float:
        return 0.0

    MemoryLimiter.spend = generous  # type: ignore[method-assign]


@mutant("protocol.validation.fields")
def takes_strings_for_numbers() -> None:
    """Payloads are read leniently, as pydantic does where it is not told otherwise."""
    from palaver_wire.contract import WireModel

    validate = WireModel.model_validate_json.__func__  # type: ignore[attr-defined]

    def lenient(cls: type[WireModel], raw: str, **options: object) -> WireModel:
        result: WireModel = validate(cls, raw, **{**options, "strict": False, "extra": "ignore"})
        return result

    WireModel.model_validate_json = classmethod(lenient)  # type: ignore[assignment]


@mutant("auth.logout.closes")
def keeps_sockets_after_logout() -> None:
    """Logging out ends the session and leaves its connections open."""
    from palaver_runtime.delivery.audience import Member
    from palaver_runtime.dialects._sockets import Line, Sockets

    def keep(self: Sockets[Line], member: Member, reason: str) -> None:
        """Do nothing."""

    Sockets.dismiss = keep  # type: ignore[method-assign]


@mutant("messages.order.pipelined")
def swaps_neighbours() -> None:
    """Two changes of a moment go out the wrong way round."""
    from palaver_runtime.delivery.hub import Hub
    from palaver_runtime.domain.events import Event, MessageCreated

    receive = Hub._deliver
    held: list[tuple[Event, str, int | None]] = []

    def late(self: Hub, event: Event, conversation_id: str, revision: int | None = None) -> None:
        if isinstance(event, MessageCreated) and event.message.sequence % 10 == 5:
            held.append((event, conversation_id, revision))
            return
        receive(self, event, conversation_id, revision)
        while held:
            receive(self, *held.pop())

    Hub._deliver = late  # type: ignore[method-assign]


@mutant("sync.history.at-once")
def acknowledges_before_the_commit() -> None:
    """Messages are numbered, acknowledged and told, and then not stored."""
    from collections.abc import Sequence
    from contextlib import suppress

    from palaver_runtime.domain.errors import ChatError
    from palaver_runtime.services.drafts import Draft, Sent, send
    from palaver_runtime.services.messages import MessageService

    class NeverMind(Exception):
        pass

    async def hasty(self: MessageService, drafts: Sequence[Draft]) -> Sequence[Sent | ChatError]:
        sent: Sequence[Sent | ChatError] = ()
        with suppress(NeverMind):
            async with self._store.writing() as tx:
                sent = await send(tx, drafts)
                raise NeverMind
        return sent

    MessageService._commit = hasty  # type: ignore[method-assign]


@mutant("instances.typing.crosses", instances=2)
def sends_only_messages_to_other_instances() -> None:
    """What is no message stays on its instance."""
    from collections.abc import Sequence

    from palaver_runtime.adapters.redis.bus import RedisBus
    from palaver_runtime.domain.events import ConversationCreated, Event, MessageCreated

    transmit = RedisBus._send

    def choosy(self: RedisBus, channels: Sequence[bytes], event: Event) -> None:
        if isinstance(event, MessageCreated | ConversationCreated):
            transmit(self, channels, event)

    RedisBus._send = choosy  # type: ignore[method-assign]


@mutant("instances.removal.crosses", instances=2)
def keeps_removals_to_its_instance() -> None:
    """Other instances count a removal, and let the removed user listen on."""
    from palaver_runtime.adapters.redis import bus
    from palaver_runtime.adapters.redis.codec import decode
    from palaver_runtime.domain.events import Event, ParticipantRemoved, Superseded

    def deaf(content: bytes) -> Event:
        event = decode(content)
        if isinstance(event, ParticipantRemoved):
            return Superseded(conversation_id=event.conversation_id, revision=event.revision)
        return event

    bus.decode = deaf  # type: ignore[attr-defined]


@mutant("faults.redis.restart", instances=2)
def does_not_subscribe_again() -> None:
    """After Redis was away, nothing is listened to any more."""
    from collections import Counter

    from palaver_runtime.adapters.redis.link import Command
    from palaver_runtime.adapters.redis.subscriptions import Subscriptions

    listen, changes = Subscriptions._listen, Subscriptions._changes
    connections: Counter[Subscriptions] = Counter()

    async def count(self: Subscriptions) -> None:
        connections[self] += 1
        await listen(self)

    def once(self: Subscriptions) -> list[Command]:
        return changes(self) if connections[self] == 1 else []

    Subscriptions._listen = count  # type: ignore[method-assign]
    Subscriptions._changes = once  # type: ignore[method-assign]


@mutant("instances.order.agreed", instances=2)
def tells_its_own_messages_first() -> None:
    """What is sent here is delivered here at once, whatever was sent elsewhere before it."""
    from palaver_runtime.delivery.hub import Hub
    from palaver_runtime.delivery.topics import BusPublisher
    from palaver_runtime.domain.events import Event, MessageCreated, Superseded

    publish, receive = BusPublisher.publish, Hub.receive
    own: set[str] = set()

    def note(self: BusPublisher, event: Event) -> None:
        if isinstance(event, MessageCreated):
            own.add(event.message.id)
        publish(self, event)

    def hasty(self: Hub, event: Event) -> None:
        if isinstance(event, MessageCreated) and event.message.id in own:
            self._deliver(event, event.conversation_id, event.revision)
            event = Superseded(conversation_id=event.conversation_id, revision=event.revision)
        receive(self, event)

    BusPublisher.publish = note  # type: ignore[method-assign]
    Hub.receive = hasty  # type: ignore[method-assign]


@mutant("faults.clocks.listing", instances=2)
def goes_by_its_own_clock() -> None:
    """Each instance tells the time of its machine."""
    from palaver_runtime.adapters.clock import SharedClock

    async def ignore(self: SharedClock) -> None:
        """Do nothing."""

    SharedClock.compare = ignore  # type: ignore[method-assign]


@mutant("faults.clocks.tokens", instances=2)
def refuses_tokens_from_clocks_that_are_ahead() -> None:
    """By the machine's own clock, a token of the future is not good yet, also where it does not say so."""
    from palaver_runtime.adapters import tokens

    goes_by_its_own_clock()
    tokens.ISSUED_LEEWAY = tokens.LEEWAY


@mutant("faults.clocks.crossing", instances=2)
def counts_by_its_own_clock() -> None:
    """Limits over instances go by the clock of whoever counts."""
    import os

    from palaver_runtime.adapters.redis import limits

    offset = os.environ["PALAVER_CLOCK_OFFSET_SECONDS"]
    time = "local time = redis.call('TIME')\n"
    assert time in limits._SPEND
    limits._SPEND = limits._SPEND.replace(time, f"{time}time[1] = time[1] + ({int(offset)})\n")


@mutant("faults.instance.storm", instances=2)
def turns_away_whom_it_cannot_let_in_at_once() -> None:
    """Who comes while many others are being let in is not let wait, but refused."""
    import asyncio

    from palaver_runtime.dialects import _sockets
    from palaver_runtime.domain.errors import Unavailable

    class Impatient(asyncio.Semaphore):
        async def acquire(self) -> bool:
            if self.locked():
                raise Unavailable("Too many come at once")
            return await super().acquire()

    def begin(self: _sockets.Sockets, *given: object, **named: object) -> None:  # type: ignore[type-arg]
        original(self, *given, **named)
        self._admissions = Impatient(_sockets.MAX_ADMISSIONS)

    original = _sockets.Sockets.__init__
    _sockets.Sockets.__init__ = begin  # type: ignore[method-assign]


@mutant("matrix.conversation-update.http")
def takes_members_for_owners() -> None:
    """Whoever is in a conversation may change its name and its participants."""
    from palaver_runtime.domain.policies import require_participant
    from palaver_runtime.domain.values import Conversation
    from palaver_runtime.services import conversations

    def anybody_inside(conversation: Conversation, user_id: str) -> None:
        require_participant(conversation.participant(user_id))

    conversations.require_owner = anybody_inside  # type: ignore[attr-defined]


@mutant("matrix.message-delete.http")
def tells_missing_messages_apart() -> None:
    """Those outside are told more of messages that exist, under the same code."""
    from palaver_runtime.domain.errors import NotFound
    from palaver_runtime.domain.values import Message, Participant
    from palaver_runtime.services import messages

    require_own_message = messages.require_own_message  # type: ignore[attr-defined]

    def talkative(message: Message | None, participant: Participant | None, user_id: str) -> Message:
        if message is not None and participant is None:
            raise NotFound("There is no such message for you")
        found: Message = require_own_message(message, participant, user_id)
        return found

    messages.require_own_message = talkative  # type: ignore[attr-defined]


@mutant("matrix.typing-start.socket")
def tells_typing_before_it_refuses() -> None:
    """Whether somebody is in the conversation is looked up when the others have been told."""
    from palaver_runtime.domain.values import Caller, Profile
    from palaver_runtime.services.typing import TypingService

    start = TypingService.start

    async def hasty(self: TypingService, caller: Caller, conversation_id: str, connection_id: str) -> None:
        self._tell((conversation_id, caller.user_id), Profile(None, None), active=True)
        await start(self, caller, conversation_id, connection_id)

    TypingService.start = hasty  # type: ignore[method-assign]


@mutant("negatives.message-edit.http")
def accepts_unknown_fields() -> None:
    """Fields that the document does not have are dropped in silence; types and bounds are minded."""
    from palaver_wire.contract import WireModel

    validate = WireModel.model_validate_json.__func__  # type: ignore[attr-defined]

    def open_minded(cls: type[WireModel], raw: str, **options: object) -> WireModel:
        result: WireModel = validate(cls, raw, **{**options, "extra": "ignore"})
        return result

    WireModel.model_validate_json = classmethod(open_minded)  # type: ignore[assignment]


@mutant("negatives.message-sync.socket")
def names_no_fields() -> None:
    """A refusal says that something is wrong, and not what."""
    from pydantic import ValidationError

    from palaver_runtime.dialects import _reading
    from palaver_runtime.domain.errors import Invalid

    def taciturn(error: ValidationError) -> Invalid:
        return Invalid("The payload is invalid")

    _reading.invalid = taciturn


@mutant("negatives.conversation-create.http")
def lists_people_twice() -> None:
    """Who is named twice counts once, whatever the document says."""
    from collections.abc import Sequence

    from palaver_runtime.dialects.gateway import codec

    def first(values: Sequence[str], field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(values))

    codec.distinct = first  # type: ignore[attr-defined]
