"""Aether on Socket.IO: connections that hear what they have entered, by the names that they use."""

from collections.abc import Sequence
from dataclasses import replace

from palaver_runtime.core import Core
from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.aether.events import AetherEvents
from palaver_runtime.dialects.aether.rooms import Rooms
from palaver_runtime.dialects.aether.voice import AetherVoice
from palaver_runtime.domain.events import Event, ParticipantRemoved, SessionEnded
from palaver_runtime.transports.socketio import Connection, broadcast
from palaver_wire.aether import table


class AetherSockets(Sockets[Connection[Session]]):
    """The connections of the dialect, each of which calls a room as it did when it entered."""

    def __init__(self, core: Core) -> None:
        self._rooms = Rooms()
        events = table.bind_events(AetherEvents(core, self._rooms))
        super().__init__(core, AetherVoice(), events, broadcast, selective=True)

    def disconnect(self, connection: Connection[Session], reason: str) -> None:
        """Take leave of a connection, and forget what it called the rooms."""
        super().disconnect(connection, reason)
        self._rooms.forget(connection.id)

    def deliver(self, event: Event, members: Sequence[Member]) -> None:
        """Write an event to those who have entered its room, encoded once for each name of it."""
        if isinstance(event, SessionEnded):
            return
        gone: list[Member] = []
        if isinstance(event, ParticipantRemoved):
            gone = self._rooms.leaving(members, event)
            members = [*gone, *(each for each in members if each.user_id != event.user_id)]
        for room, called in self._rooms.among(members, event.conversation_id).items():
            super().deliver(replace(event, conversation_id=room), called)
        for member in gone:
            self._rooms.leave(member, event.conversation_id)
