"""The client events of the social dialect, each in a few words of the services."""

from palaver_runtime.core import Core
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.social import codec
from palaver_runtime.dialects.social.sending import send
from palaver_wire.social import models


class SocialEvents:
    """Implements the generated `EventHandlers`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def send_message(self, session: Session, payload: models.NewMessage) -> models.MessageAck:
        """Send a message."""
        return models.MessageAck(success=True, message=await send(self._core, session.caller, payload))

    async def typing_start(self, session: Session, payload: models.TypingRequest) -> models.Done:
        """Tell the others that the user types."""
        await self._core.typing.start(session.caller, payload.conversation_id, session.member.id)
        return models.Done(success=True)

    async def typing_stop(self, session: Session, payload: models.TypingRequest) -> models.Done:
        """Tell the others that the user stopped."""
        await self._core.typing.stop(session.caller, payload.conversation_id)
        return models.Done(success=True)

    async def mark_read(self, session: Session, payload: models.MarkRead) -> models.MarkReadAck:
        """Mark a conversation read."""
        return codec.read_mark_ack(await self._core.receipts.mark(session.caller, payload.conversation_id))
