"""Aether's client events, each in a few words of the services."""

from palaver_runtime.core import Core
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.aether import codec
from palaver_runtime.dialects.aether.rooms import OUTSIDE, Rooms, here, join
from palaver_runtime.domain.errors import Conflict, Forbidden
from palaver_wire.aether import models


class AetherEvents:
    """Implements the generated `EventHandlers`. What is sent is answered by the hub, to the sender as to all others."""

    def __init__(self, core: Core, rooms: Rooms) -> None:
        self._core = core
        self._rooms = rooms

    async def join_room(self, session: Session, payload: models.RoomRequest) -> None:
        """Enter a room."""
        conversation = await join(self._core, session.caller, payload.room_id)
        self._rooms.enter(session.member, conversation, payload.room_id)
        session.tell(*codec.joined_room(payload.room_id))

    async def leave_room(self, session: Session, payload: models.RoomRequest) -> None:
        """Leave a room for good; a direct conversation only falls silent here."""
        member = session.member
        conversation_id = codec.conversation_id(payload.room_id)
        entered = conversation_id in member.entered
        try:
            await self._core.conversations.leave(session.caller, conversation_id)
        except Forbidden:
            raise Forbidden(OUTSIDE) from None
        except Conflict:
            pass  # that is what a direct conversation answers: it has its two participants for ever
        if entered and conversation_id not in member.entered:
            return  # the removal came first, from the hub, and said so
        self._rooms.leave(member, conversation_id)
        session.tell(*codec.left_room(payload.room_id))

    async def send_message(self, session: Session, payload: models.SendMessage) -> None:
        """Send a message."""
        command = codec.send_command(here(session.member, payload.room_id), payload)
        await self._core.messages.send(session.caller, command)

    async def typing_start(self, session: Session, payload: models.RoomRequest) -> None:
        """Tell the others that the user types."""
        member = session.member
        await self._core.typing.start(session.caller, here(member, payload.room_id), member.id)

    async def typing_stop(self, session: Session, payload: models.RoomRequest) -> None:
        """Tell the others that the user stopped."""
        await self._core.typing.stop(session.caller, here(session.member, payload.room_id))
