"""The envelope's client frames, each in a few words of the services."""

from collections.abc import Callable, Sequence

from pydantic import MISSING

from palaver_runtime.core import Core
from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.envelope import codec
from palaver_runtime.dialects.envelope.rooms import Rooms
from palaver_runtime.domain.errors import Conflict, Forbidden, Invalid, NotFound
from palaver_runtime.domain.events import Event
from palaver_runtime.domain.policies import NOT_A_PARTICIPANT
from palaver_runtime.domain.values import Caller
from palaver_wire.envelope import models


class EnvelopeEvents:
    """Implements the generated `EventHandlers`. Where nothing is told here, the hub's events answer."""

    def __init__(self, core: Core, rooms: Rooms, deliver: Callable[[Event, Sequence[Member]], None]) -> None:
        self._core = core
        self._rooms = rooms
        self._deliver = deliver

    async def join_room(self, session: Session, payload: models.JoinRoomFrame) -> None:
        """Enter a room."""
        conversation_id = await self._room(session.caller, payload.payload)
        member = session.member
        self._rooms.approach(member, conversation_id)
        entered = False
        try:
            found, messages = await self._core.conversations.view(session.caller, conversation_id, codec.RECENT)
            entered = True
        finally:
            if not entered:
                self._tell(member, self._rooms.retreat(member, conversation_id))
        session.tell(*codec.room_joined(found, messages))
        self._tell(member, self._rooms.enter(member, conversation_id, found.conversation.sequence))

    async def leave_room(self, session: Session, payload: models.LeaveRoomFrame) -> None:
        """Leave a room."""
        conversation_id = payload.payload.room_id
        await self._core.conversations.admit(session.caller, conversation_id)
        self._rooms.leave(session.member, conversation_id)
        session.tell(*codec.room_left(conversation_id))

    async def send_message(self, session: Session, payload: models.SendMessageFrame) -> None:
        """Send a message."""
        sent = await self._core.messages.submit(session.caller, codec.send_command(payload.payload))
        if not sent.new or sent.message.conversation_id not in session.member.entered:
            session.tell(*codec.new_message(sent.message))

    async def typing(self, session: Session, payload: models.SetTypingFrame) -> None:
        """Tell the others whether the user types."""
        conversation_id = payload.payload.room_id
        if payload.payload.is_typing:
            await self._core.typing.start(session.caller, conversation_id, session.member.id)
        else:
            await self._core.typing.stop(session.caller, conversation_id)

    async def mark_read(self, session: Session, payload: models.MarkReadFrame) -> None:
        """Mark read up to a message."""
        await self._core.receipts.mark(session.caller, payload.payload.room_id, sequence=payload.payload.sequence_id)

    async def _room(self, caller: Caller, payload: models.JoinRoom) -> str:
        """Find the room that is meant, and make the caller a member where that is for everybody to be."""
        room_id, user_id = payload.room_id, payload.target_user_id
        if user_id is not MISSING and room_id is MISSING:
            conversation, _ = await self._core.conversations.create(caller, codec.direct_command(user_id))
            return conversation.id
        if room_id is not MISSING and user_id is MISSING:
            return await self._join(caller, room_id)
        raise Invalid.field("/payload", "is to have exactly one of roomId and targetUserId")

    async def _join(self, caller: Caller, conversation_id: str) -> str:
        try:
            return (await self._core.conversations.join(caller, conversation_id)).id
        except NotFound:
            raise Forbidden(NOT_A_PARTICIPANT) from None  # as of a room that is not for the caller
        except Conflict as full:
            raise Forbidden(full.message) from None

    def _tell(self, member: Member, held: Sequence[Event]) -> None:
        for event in held:
            self._deliver(event, [member])
