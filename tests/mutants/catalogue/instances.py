"""Several instances of one server: what does not cross from one to the other."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from mutants.catalogue.silence import untold
from mutants.defect import Tier
from mutants.mutant import mutant
from mutants.usual import begin_nothing_at_once

from palaver_runtime.adapters.redis import bus
from palaver_runtime.adapters.redis.bus import RedisBus
from palaver_runtime.adapters.redis.limits import RedisLimiter
from palaver_runtime.adapters.redis.parcel import Parcel
from palaver_runtime.adapters.redis.presence import RedisPresence
from palaver_runtime.adapters.sql.accounts import AccountReader
from palaver_runtime.adapters.sql.conversations import ConversationReader
from palaver_runtime.delivery.hub import Hub
from palaver_runtime.delivery.topics import BusPublisher
from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.events import (
    Change,
    ConversationCreated,
    ConversationUpdated,
    Event,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    ParticipantAdded,
    ParticipantRemoved,
    ReadMarked,
    SessionEnded,
)
from palaver_runtime.domain.limits import Rate, Use
from palaver_runtime.domain.values import Caller
from palaver_runtime.ports import Standing
from palaver_runtime.services.drafts import Sent
from palaver_runtime.services.messages import MessageService


def _hears(translate: Callable[[Event], Event]) -> None:
    """Have other instances' events heard as something else."""
    decode = bus.decode
    bus.decode = lambda content: translate(decode(content))


def _deaf_to(*kinds: type[Change]) -> None:
    """Count other instances' changes of some kinds, and tell nobody here of them."""
    _hears(lambda event: untold(event) if isinstance(event, kinds) else event)


@mutant("instances.typing.crosses", "to receive typing.changed", tier=Tier.INSTANCES, instances=2)
def sends_only_messages_to_other_instances() -> None:
    """What is no message stays on its instance."""
    transmit = RedisBus._send

    def choosy(self: RedisBus, channels: Sequence[bytes], event: Event) -> None:
        if isinstance(event, MessageCreated | ConversationCreated):
            transmit(self, channels, event)

    RedisBus._send = choosy


@mutant("instances.message.crosses", "to receive message.created", tier=Tier.INSTANCES, instances=2)
def keeps_messages_to_its_instance() -> None:
    """Messages of other instances are counted, and told to nobody here."""
    _deaf_to(MessageCreated)


@mutant("instances.change.crosses", "to receive message.edited", tier=Tier.INSTANCES, instances=2)
def keeps_changes_to_its_instance() -> None:
    """Edits and deletions elsewhere are counted, and told to nobody here."""
    _deaf_to(MessageEdited, MessageDeleted)


@mutant("instances.update.crosses", "to receive conversation.updated", tier=Tier.INSTANCES, instances=2)
def keeps_names_to_its_instance() -> None:
    """New names of conversations are told where they are given."""
    _deaf_to(ConversationUpdated)


@mutant("instances.removal.crosses", "to receive conversation.removed", tier=Tier.INSTANCES, instances=2)
def keeps_removals_to_its_instance() -> None:
    """Other instances count a removal, and let the removed user listen on."""
    _deaf_to(ParticipantRemoved)


@mutant("instances.leave.crosses", "never to receive message.created", tier=Tier.INSTANCES, instances=2)
def leaves_sockets_elsewhere_in_the_room() -> None:
    """Who leaves is out of the room on the instance where that was said, and listens on at the others."""
    _deaf_to(ParticipantRemoved)


@mutant("instances.membership.crosses", "to receive conversation.joined", tier=Tier.INSTANCES, instances=2)
def keeps_additions_to_its_instance() -> None:
    """Who is added is so for the instance where that was said."""
    _deaf_to(ParticipantAdded)

    async def nothing_new(self: ConversationReader, user_ids: Sequence[str]) -> tuple[Standing, ...]:
        return ()

    ConversationReader.standings = nothing_new


@mutant("instances.receipt.crosses", "to receive receipt.read", tier=Tier.INSTANCES, instances=2)
def keeps_receipts_to_its_instance() -> None:
    """What was read elsewhere is told to nobody here."""
    _hears(lambda event: replace(event, conversation_id="0" * 24) if isinstance(event, ReadMarked) else event)


@mutant("instances.logout.crosses", "to be closed within", tier=Tier.INSTANCES, instances=2)
def keeps_logouts_to_its_instance() -> None:
    """A session that ends elsewhere keeps its connections here."""
    _hears(lambda event: replace(event, session_id="another") if isinstance(event, SessionEnded) else event)

    async def none(self: AccountReader, session_ids: Sequence[str]) -> frozenset[str]:
        return frozenset()

    AccountReader.ended_sessions = none


@mutant("instances.presence.crosses", "exactly once", tier=Tier.INSTANCES, instances=2)
def knows_its_own_connections_only() -> None:
    """Who comes and goes is told by each instance for itself."""

    async def ask_nobody(self: RedisPresence, command: object) -> None:
        return None

    RedisPresence._ask = ask_nobody


@mutant("instances.limits.cross", "to hold on the other", tier=Tier.INSTANCES, instances=2)
def limits_each_instance_by_itself() -> None:
    """With each instance that somebody connects to more may be sent."""

    async def alone(self: RedisLimiter, key: str, rate: Rate, cost: int = 1) -> float:
        return await self._memory.spend(key, rate, cost)

    async def all_alone(self: RedisLimiter, uses: Sequence[Use]) -> list[float]:
        return await self._memory.spend_all(uses)

    RedisLimiter.spend = alone
    RedisLimiter.spend_all = all_alone


@mutant("instances.order.agreed", "the same order", tier=Tier.INSTANCES, instances=2)
def tells_its_own_messages_first() -> None:
    """What is sent here is delivered here at once, whatever was sent elsewhere before it."""
    publish, receive = BusPublisher.publish, Hub.receive
    own: set[str] = set()

    def note(self: BusPublisher, event: Event) -> None:
        if isinstance(event, MessageCreated):
            own.add(event.message.id)
        publish(self, event)

    def hasty(self: Hub, event: Event) -> None:
        if isinstance(event, MessageCreated) and event.message.id in own:
            self._deliver(event, event.conversation_id, event.revision)
            event = untold(event)
        elif isinstance(event, MessageCreated):
            # As over a network: on one machine what was sent elsewhere is often here before it.
            asyncio.get_running_loop().call_later(0.02, receive, self, event)
            return
        receive(self, event)

    BusPublisher.publish = note
    Hub.receive = hasty


@mutant("instances.duplicate.none", "exactly once", tier=Tier.INSTANCES, instances=2)
def does_not_know_its_echo() -> None:
    """What comes back over Redis is told once more."""
    unseal, receive_change = bus.unseal, Hub._receive_change

    def foreign(payload: bytes) -> Parcel:
        return replace(unseal(payload), sender="another")

    def again(self: Hub, change: Change) -> None:
        sequencer = self._sequencers.get(change.conversation_id)
        known = sequencer is not None and (sequencer.revision or 0) >= change.revision
        if known and isinstance(change, MessageCreated):
            self._deliver(change, change.conversation_id, change.revision)
        receive_change(self, change)

    bus.unseal = foreign
    Hub._receive_change = again


@mutant("instances.retry.crosses", "the message to be", tier=Tier.INSTANCES, instances=2)
def forgets_retries_from_elsewhere() -> None:
    """Which client identifiers were used is kept in the memory of each instance."""
    submit = MessageService.submit
    known: dict[tuple[str, str, str], Sent] = {}

    async def forgetful(self: MessageService, caller: Caller, command: SendMessage, *, counted: bool = False) -> Sent:
        if command.client_id is None:
            return await submit(self, caller, command, counted=counted)
        key = (caller.user_id, command.conversation_id, command.client_id)
        if key not in known:
            sent = await submit(self, caller, replace(command, client_id=None), counted=counted)
            known[key] = replace(sent, message=replace(sent.message, client_id=command.client_id))
        return known[key]

    MessageService.submit = forgetful
    begin_nothing_at_once()
