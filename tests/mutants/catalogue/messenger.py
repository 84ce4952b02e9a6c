"""The messenger: delivery confirmations, and a status that names no conversation."""

from collections.abc import Sequence

from mutants.defect import Tier
from mutants.mutant import mutant

from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.messenger import codec
from palaver_runtime.dialects.messenger.events import MessengerEvents
from palaver_runtime.dialects.messenger.statuses import Statuses
from palaver_runtime.domain.events import PresenceChanged
from palaver_runtime.domain.values import Message
from palaver_wire.messenger import models


@mutant("messages.send.confirmed", "bob/1 never to receive message.accepted", dialect="messenger")
def confirms_to_everybody() -> None:
    """That a message is stored is confirmed to all who receive it."""
    message_send = MessengerEvents.message_send

    async def aloud(self: MessengerEvents, session: Session, payload: models.SendMessage) -> models.SendMessageAck:
        answer = await message_send(self, session, payload)
        for member in list(self._core.hub._followers[payload.conversation_id]):
            if member is not session.member:
                confirmation = models.MessageSent(id=answer.message_id, status="sent")
                member.outlet._connections[member.id].emit(*codec.MESSAGE_SENT.of(confirmation))
        return answer

    MessengerEvents.message_send = aloud


@mutant("messages.send.confirmed", "alice/1 to receive message.accepted", dialect="messenger")
def confirms_nothing() -> None:
    """A message is acknowledged, and not confirmed."""

    async def quiet(self: MessengerEvents, session: Session, payload: models.SendMessage) -> models.SendMessageAck:
        message = await self._core.messages.send(session.caller, codec.send_command(payload))
        return models.SendMessageAck(success=True, message_id=message.id)

    MessengerEvents.message_send = quiet


@mutant("presence.online.shared", "exactly once", tier=Tier.SUBTLE, dialect="messenger")
def tells_a_status_for_each_conversation() -> None:
    """Who shares several conversations with a user is told as often that they are there."""

    def always(self: Statuses, connection_id: str, event: PresenceChanged) -> bool:
        return True

    Statuses.news = always


@mutant("sync.history.pages", "the newest messages to be", dialect="messenger")
def gives_the_history_from_its_beginning() -> None:
    """A page has its oldest message first, where the document says the newest."""

    def ascending(page: Sequence[Message], more: bool) -> models.MessagePage:
        return models.MessagePage(messages=[codec.message(each) for each in page], has_more=more)

    codec.message_page = ascending
