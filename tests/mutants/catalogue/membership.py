"""Participants: being added, being removed, leaving."""

from collections.abc import Sequence
from dataclasses import replace

from mutants.defect import Tier
from mutants.mutant import mutant

from palaver_runtime.adapters.sql.batches import Batch
from palaver_runtime.adapters.sql.batches_at_hand import BatchAtHand
from palaver_runtime.adapters.sql.conversations import ConversationReader, ConversationWriter
from palaver_runtime.delivery import hub
from palaver_runtime.delivery.audience import Member, recipients
from palaver_runtime.delivery.hub import Hub
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.gateway.events import GatewayEvents
from palaver_runtime.domain.events import Change, Event, ParticipantRemoved
from palaver_runtime.domain.values import Caller, Conversation, Participant
from palaver_runtime.ports import Asked, Ground, Sending
from palaver_runtime.services import conversations, memberships
from palaver_runtime.services.conversations import ConversationService
from palaver_wire.gateway import models


@mutant("membership.add.by-member", "a refusal with FORBIDDEN")
def lets_members_add() -> None:
    """Everybody may do what is for the owner."""
    conversations.require_owner = lambda conversation, user_id: None


@mutant("membership.add.history", "the unread count to be 0")
def has_everything_unread_for_newcomers() -> None:
    """Who is added has all that was ever said still to read."""
    add_participant = ConversationWriter.add_participant

    async def from_the_beginning(
        self: ConversationWriter,
        conversation_id: str,
        participant: Participant,
        *,
        read_sequence: int,
        joined_revision: int,
    ) -> bool:
        return await add_participant(
            self, conversation_id, participant, read_sequence=0, joined_revision=joined_revision
        )

    ConversationWriter.add_participant = from_the_beginning


@mutant("membership.remove.told", "never to receive message.created")
def leaves_removed_sockets_in_the_room() -> None:
    """Who was removed is told so, and goes on receiving."""
    settled, deliver_all = Hub._settled, Hub._deliver_all

    def stay(self: Hub, user_id: str) -> list[Member]:
        return []

    def deliver(self: Hub, conversation_id: str, changes: list[Change], *leaving: object) -> None:
        for change in changes:
            Hub._settled = stay if isinstance(change, ParticipantRemoved) else settled
            deliver_all(self, conversation_id, [change], *leaving)
        Hub._settled = settled

    Hub._deliver_all = deliver


@mutant("membership.remove.told", "to receive participant.removed")
def tells_nobody_but_the_removed() -> None:
    """Who was removed learns of it, and nobody else."""

    def their_own(event: Event, conversation_id: str, followers: list[Member]) -> list[Member]:
        chosen = recipients(event, conversation_id, followers)
        if isinstance(event, ParticipantRemoved):
            return [each for each in chosen if each.user_id == event.user_id]
        return chosen

    hub.recipients = their_own


@mutant("membership.remove.locked-out", "a refusal with FORBIDDEN", tier=Tier.SUBTLE)
def trusts_what_it_knew_of_members() -> None:
    """Who has sent once is taken for a participant without asking again."""
    participant = ConversationReader.participant
    known: dict[tuple[str, str], Participant] = {}

    def remember(kind: type[Sending]) -> None:
        ground = kind.ground

        async def remembered(self: Sending, asked: Sequence[Asked]) -> Ground:
            found = await ground(self, asked)
            known.update(found.participants)
            return found

        kind.ground = remembered

    async def trust(self: ConversationReader, conversation_id: str, user_id: str) -> Participant | None:
        return known.get((conversation_id, user_id)) or await participant(self, conversation_id, user_id)

    remember(Batch)
    remember(BatchAtHand)
    ConversationReader.participant = trust


@mutant("membership.remove.by-member", "a refusal with FORBIDDEN")
def lets_members_remove() -> None:
    """Everybody may remove everybody, as if each went by themselves."""

    async def remove(self: ConversationService, caller: Caller, conversation_id: str, user_id: str) -> None:
        await self._remove(replace(caller, user_id=user_id), conversation_id, user_id)

    ConversationService.remove = remove


@mutant("membership.leave.owner", "the roles to be")
def leaves_conversations_without_owner() -> None:
    """When the owner goes nobody takes over."""

    def nobody(conversation: Conversation, leaving: str) -> Participant | None:
        return None

    memberships.successor = nobody


@mutant("membership.room.mute", "bob/1 to receive message.created")
def mutes_all_devices() -> None:
    """Who leaves a room on one connection hears it on no other either."""
    room_leave = GatewayEvents.room_leave

    async def leave(self: GatewayEvents, session: Session, payload: models.RoomRequest) -> models.Done:
        for member in self._core.hub._users[session.caller.user_id]:
            member.muted.add(payload.conversation_id)
        return await room_leave(self, session, payload)

    GatewayEvents.room_leave = leave
