"""The envelope's connections, each of which hears the rooms that it has entered."""

from collections.abc import Sequence

from palaver_runtime.core import Core
from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.envelope.events import EnvelopeEvents
from palaver_runtime.dialects.envelope.rooms import Rooms
from palaver_runtime.dialects.envelope.voice import EnvelopeVoice
from palaver_runtime.domain.events import Event, ParticipantRemoved
from palaver_runtime.transports.websocket import Connection, broadcast
from palaver_wire.envelope import table


class EnvelopeSockets(Sockets[Connection[Session]]):
    """Serves connections over raw WebSocket."""

    def __init__(self, core: Core) -> None:
        self._rooms = Rooms()
        events = EnvelopeEvents(core, self._rooms, self.deliver)
        super().__init__(core, EnvelopeVoice(), table.bind_events(events), broadcast, selective=True)

    def disconnect(self, connection: Connection[Session], reason: str) -> None:
        """Take leave of a connection, and forget where it was."""
        super().disconnect(connection, reason)
        self._rooms.forget(connection.id)

    def deliver(self, event: Event, members: Sequence[Member]) -> None:
        """Write an event to those connections that are to hear it now."""
        members = self._rooms.hearing(event, members)
        super().deliver(event, members)
        if isinstance(event, ParticipantRemoved):
            for member in members:
                if member.user_id == event.user_id:
                    self._rooms.leave(member, event.conversation_id)
