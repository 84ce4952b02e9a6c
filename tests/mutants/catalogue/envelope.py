"""The envelope: frames without acknowledgements, rooms that connections enter, and only so many messages kept."""

from mutants.defect import Tier
from mutants.mutant import mutant

from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.envelope import codec
from palaver_runtime.dialects.envelope.events import EnvelopeEvents
from palaver_runtime.domain.values import Caller, Message
from palaver_runtime.services import messages
from palaver_runtime.services.messages import MessageService
from palaver_wire.envelope import models


@mutant("membership.join.entry", "never to receive message.created", dialect="envelope")
def hears_all_rooms_of_its_user() -> None:
    """A connection is in all rooms of its user from the start."""
    Member.hears = lambda self, conversation_id: True


@mutant("messages.send.every-device", "exactly once", tier=Tier.SUBTLE, dialect="envelope")
def answers_senders_twice() -> None:
    """A message is told to the connection that sent it by itself and among all others."""

    async def send_message(self: EnvelopeEvents, session: Session, payload: models.SendMessageFrame) -> None:
        sent = await self._core.messages.submit(session.caller, codec.send_command(payload.payload))
        session.tell(*codec.new_message(sent.message))

    EnvelopeEvents.send_message = send_message


@mutant("membership.room.left", "never to receive message.created", dialect="envelope")
def stays_in_rooms_that_it_has_left() -> None:
    """That a room was left is confirmed, and that is all."""

    async def leave_room(self: EnvelopeEvents, session: Session, payload: models.LeaveRoomFrame) -> None:
        await self._core.conversations.admit(session.caller, payload.payload.room_id)
        session.tell(*codec.room_left(payload.payload.room_id))

    EnvelopeEvents.leave_room = leave_room


@mutant("sync.retention.cleanup", "how many messages were deleted", dialect="envelope")
def keeps_one_too_many() -> None:
    """Of the messages that are to go the newest one stays."""
    prune = MessageService.prune

    async def generous(self: MessageService, caller: Caller, conversation_id: str, keep: int) -> int:
        return await prune(self, caller, conversation_id, keep + 1)

    MessageService.prune = generous


@mutant("sync.retention.cleanup", "a refusal with FORBIDDEN", dialect="envelope")
def lets_everybody_clean_up() -> None:
    """Everybody may have the old messages of a room removed."""
    messages.require_admin = lambda caller: None


@mutant("sync.history.backwards", "those before the fifth", dialect="envelope")
def begins_pages_with_what_was_named() -> None:
    """The page before a number ends with the message of that number."""
    history = MessageService.history

    async def inclusive(
        self: MessageService, caller: Caller, conversation_id: str, *, before_sequence: int | None = None, **page: int
    ) -> tuple[tuple[Message, ...], bool]:
        through = None if before_sequence is None else before_sequence + 1
        return await history(self, caller, conversation_id, before_sequence=through, **page)

    MessageService.history = inclusive
