"""The gateway's client events, each in a few words of the services."""

from palaver_runtime.core import Core
from palaver_runtime.dialects._later import Later
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.gateway import codec
from palaver_runtime.services.drafts import Sent
from palaver_wire.gateway import models


class GatewayEvents:
    """Implements the generated `EventHandlers`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def message_send(self, session: Session, payload: models.SendMessage) -> Later[Sent, models.MessageAck]:
        """Send a message."""
        command = codec.send_command(payload.conversation_id, payload)
        return Later(self._core.messages.begin(session.caller, command), codec.sent)

    async def message_edit(self, session: Session, payload: models.EditMessage) -> models.MessageAck:
        """Edit a message."""
        message = await self._core.messages.edit(session.caller, payload.message_id, payload.content)
        return models.MessageAck(success=True, message=codec.message(message))

    async def message_delete(self, session: Session, payload: models.DeleteMessage) -> models.Done:
        """Delete a message."""
        await self._core.messages.delete(session.caller, payload.message_id)
        return models.Done(success=True)

    async def messages_sync(self, session: Session, payload: models.SyncMessages) -> models.SyncMessagesAck:
        """Give what was missed."""
        return codec.missed(await self._core.messages.synchronise(session.caller, codec.sync_command(payload)))

    async def room_join(self, session: Session, payload: models.RoomRequest) -> models.JoinRoomAck:
        """Receive a conversation's events on this connection again."""
        await self._core.conversations.admit(session.caller, payload.conversation_id)
        session.member.muted.discard(payload.conversation_id)
        return models.JoinRoomAck(success=True, room=payload.conversation_id)

    async def room_leave(self, session: Session, payload: models.RoomRequest) -> models.Done:
        """Stop receiving a conversation's events on this connection."""
        await self._core.conversations.admit(session.caller, payload.conversation_id)
        session.member.muted.add(payload.conversation_id)
        return models.Done(success=True)

    def ping(self, session: Session, payload: models.Ping) -> models.Pong:  # noqa: ARG002
        """Answer with the server's clock."""
        return codec.pong(self._core.clock.now())

    async def typing_start(self, session: Session, payload: models.TypingRequest) -> models.Done:
        """Tell the others that the user types."""
        await self._core.typing.start(session.caller, payload.conversation_id, session.member.id)
        return models.Done(success=True)

    async def typing_stop(self, session: Session, payload: models.TypingRequest) -> models.Done:
        """Tell the others that the user stopped."""
        await self._core.typing.stop(session.caller, payload.conversation_id)
        return models.Done(success=True)

    async def message_read(self, session: Session, payload: models.MarkRead) -> models.MarkReadAck:
        """Mark read up to a message."""
        mark = await self._core.receipts.mark(session.caller, payload.conversation_id, payload.message_id)
        return codec.read_mark_ack(mark)
