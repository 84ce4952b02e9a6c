"""The messenger's client events, each in a few words of the services."""

from palaver_runtime.core import Core
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.messenger import codec
from palaver_wire.messenger import models


class MessengerEvents:
    """Implements the generated `EventHandlers`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def message_send(self, session: Session, payload: models.SendMessage) -> models.SendMessageAck:
        """Send a message, and confirm it to this connection whether an acknowledgement was asked for or not."""
        message = await self._core.messages.send(session.caller, codec.send_command(payload))
        session.tell(*codec.sent(message))
        return models.SendMessageAck(success=True, message_id=message.id)

    async def message_read(self, session: Session, payload: models.MarkRead) -> models.MarkReadAck:
        """Mark read up to a message."""
        mark = await self._core.receipts.mark(session.caller, payload.conversation_id, payload.message_id)
        return models.MarkReadAck(success=True, unread_count=mark.unread)

    async def conversation_join(self, session: Session, payload: models.JoinConversation) -> models.JoinConversationAck:
        """Answer whether the conversation's events arrive: those of all the user's conversations do."""
        await self._core.conversations.admit(session.caller, payload.conversation_id)
        return models.JoinConversationAck(success=True)
