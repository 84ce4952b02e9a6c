"""The messenger's connections."""

from collections.abc import Sequence

from palaver_runtime.core import Core
from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.messenger.events import MessengerEvents
from palaver_runtime.dialects.messenger.statuses import Statuses
from palaver_runtime.dialects.messenger.voice import MessengerVoice
from palaver_runtime.domain.events import Event, PresenceChanged
from palaver_runtime.transports.socketio import Connection, broadcast
from palaver_wire.messenger import table


class MessengerSockets(Sockets[Connection[Session]]):
    """Serves connections, each of which is told once of a user who comes or goes."""

    def __init__(self, core: Core) -> None:
        super().__init__(core, MessengerVoice(), table.bind_events(MessengerEvents(core)), broadcast)
        self._statuses = Statuses()

    def deliver(self, event: Event, members: Sequence[Member]) -> None:
        """Write an event to connections, a status to those alone to which it is news."""
        if isinstance(event, PresenceChanged):
            members = [each for each in members if self._statuses.news(each.id, event)]
        super().deliver(event, members)

    def _retire(self, connection: Connection[Session], reason: str) -> None:
        self._statuses.forget(connection.id)
        super()._retire(connection, reason)
