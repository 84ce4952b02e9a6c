"""The client events of the social dialect, each in a few words of the services."""

from palaver_runtime.core import Core
from palaver_runtime.dialects._sockets import Session
from palaver_runtime.dialects.social import codec
from palaver_wire.social import models


class SocialEvents:
    """Implements the generated `EventHandlers`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def send_message(self, session: Session, payload: models.NewMessage) -> models.MessageAck:
        """Send a message to somebody."""
        message = await self._core.directs.send(session.caller, codec.send_command(payload))
        return models.MessageAck(success=True, message=codec.message(message))

    async def typing_start(self, session: Session, payload: models.TypingRequest) -> models.Done:
        """Tell the other that the user types."""
        await self._core.directs.admit(session.caller, payload.conversation_id)
        await self._core.typing.start(session.caller, payload.conversation_id, session.member.id)
        return models.Done(success=True)

    async def typing_stop(self, session: Session, payload: models.TypingRequest) -> models.Done:
        """Tell the other that the user stopped."""
        await self._core.directs.admit(session.caller, payload.conversation_id)
        await self._core.typing.stop(session.caller, payload.conversation_id)
        return models.Done(success=True)

    async def mark_read(self, session: Session, payload: models.MarkRead) -> models.MarkReadAck:
        """Mark a conversation read."""
        await self._core.directs.admit(session.caller, payload.conversation_id)
        return codec.read_mark_ack(await self._core.receipts.mark(session.caller, payload.conversation_id))
