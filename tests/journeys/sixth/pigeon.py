"""Pigeons: a sixth dialect in one module, for the test that it takes no more."""

from datetime import datetime

from palaver_wire.pigeon import models, table
from pydantic import MISSING

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site, Surface
from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.dialects._voice import Notification, Session
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.errors import ChatError, Invalid
from palaver_runtime.domain.events import Event, MessageCreated
from palaver_runtime.domain.values import ConversationType, Message
from palaver_runtime.transports.socketio import SocketIOTransport, broadcast
from palaver_runtime.transports.sockets import Acknowledgement, Handshake

DEFAULT_PORT = 4006


def _coo(message: Message) -> models.Coo:
    return models.Coo(
        id=message.id,
        nest=message.conversation_id,
        by=message.sender_id,
        sound=message.content,
        number=message.sequence,
    )


class PigeonEvents:
    """Implements the generated `EventHandlers`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def build(self, session: Session, payload: models.Build) -> models.Built:
        """Make a group."""
        command = CreateConversation(type=ConversationType.GROUP, user_ids=tuple(payload.pigeons))
        conversation, _ = await self._core.conversations.create(session.caller, command)
        return models.Built(nest=conversation.id)

    async def coo(self, session: Session, payload: models.Sound) -> models.Cooed:
        """Send a message."""
        command = SendMessage(conversation_id=payload.nest, content=payload.sound)
        return models.Cooed(coo=_coo(await self._core.messages.send(session.caller, command)))


class PigeonVoice:
    """Implements `Voice`."""

    def token(self, handshake: Handshake) -> str | None:
        """Find the token."""
        ring = handshake.auth.get("ring")
        return ring if isinstance(ring, str) else None

    def greeting(self, session: Session, at: datetime) -> Notification:
        """Say who has landed."""
        return table.LANDED.of(models.Landed(pigeon=session.caller.user_id))

    def error(self, error: ChatError, at: datetime, event: str | None, *, acknowledged: bool) -> Notification | None:
        """Say why, unless the acknowledgement does."""
        about = MISSING if event is None else event[:100]
        squawk = models.Squawk(no=models.ErrorCode(error.code), why=error.message, about=about)
        return None if acknowledged else table.SQUAWK.of(squawk)

    def refused(self, error: ChatError) -> Acknowledgement:
        """Say no."""
        problems = error.problems if isinstance(error, Invalid) else ()
        fields = [models.FieldProblem(field=each.field, problem=each.text) for each in problems]
        details = models.ErrorDetails(fields=fields) if fields else models.ErrorDetails(retry_after_ms=1000)
        return models.No(no=models.ErrorCode(error.code), why=error.message, details=details)

    def notifications(self, event: Event) -> tuple[Notification | None, Notification | None]:
        """Tell of messages; there is no word for anything else."""
        told = table.HEARD.of(_coo(event.message)) if isinstance(event, MessageCreated) else None
        return told, told


def build(core: Core, site: Site) -> Surface:
    """Bind the handlers."""
    events = table.bind_events(PigeonEvents(core))
    sockets = Sockets(core, PigeonVoice(), events, broadcast, namespace="/loft")
    transport = SocketIOTransport(sockets, allowed_origins=site.allowed_origins, limits=site.sockets)

    async def close() -> None:
        await transport.close(site.shutdown_seconds)
        await sockets.close()

    return Surface(app=transport.app, close=close)
