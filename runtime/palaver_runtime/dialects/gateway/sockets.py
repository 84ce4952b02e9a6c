"""The gateway on Socket.IO: the handshake, requests and their refusals, and the events of the hub."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from palaver_runtime.core import Core
from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects._reading import read
from palaver_runtime.dialects.gateway import codec
from palaver_runtime.dialects.gateway.events import GatewayEvents, GatewaySession
from palaver_runtime.domain.errors import (
    ChatError,
    ConnectionRefused,
    Internal,
    Invalid,
    PayloadTooLarge,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from palaver_runtime.domain.events import Event, ParticipantAdded, ParticipantRemoved
from palaver_runtime.services.deadlines import Deadlines
from palaver_runtime.transports.socketio import (
    NO_ACK,
    Acknowledgement,
    Connection,
    Handshake,
    broadcast,
)
from palaver_wire.contract import BoundEvent
from palaver_wire.gateway import table

logger = logging.getLogger(__name__)

MAX_ADMISSIONS: Final = 16
"""Connections that are set up at once. When an instance has died its clients all come together: they wait here, where
waiting costs nothing, and not for a connection to the database, which is given up after a while."""

_CONNECTION_CODES: Final = frozenset({Unauthorized.code, RateLimited.code, ConnectionRefused.code, Unavailable.code})


class GatewaySockets:
    """Serves the namespace of the gateway, and is the hub's outlet to its connections."""

    namespace: Final = "/"

    def __init__(self, core: Core) -> None:
        self._core = core
        self._events: Mapping[str, BoundEvent[GatewaySession]] = table.bind_events(GatewayEvents(core))
        self._connections: dict[str, Connection[GatewaySession]] = {}
        self._expiries: Deadlines[str] = Deadlines()
        self._admissions = asyncio.Semaphore(MAX_ADMISSIONS)

    async def close(self) -> None:
        """Forget when tokens expire."""
        await self._expiries.close()

    # What the transport asks.

    async def connect(self, connection: Connection[GatewaySession], handshake: Handshake) -> bool:
        """Greet whom the token stands for; anybody else is told why not, by an `error` event."""
        try:
            async with self._admissions:
                await self._admit(connection, handshake)
        except ChatError as error:
            await self._retire(connection, "refused")
            self._tell(connection, error if error.code in _CONNECTION_CODES else _cannot_connect(), None)
            return False
        except Exception:
            logger.exception("connection %s could not be set up", connection.id)
            await self._retire(connection, "refused")
            self._tell(connection, _cannot_connect(), None)
            return False
        return True

    async def disconnect(self, connection: Connection[GatewaySession], reason: str) -> None:
        """Take leave of a connection."""
        await self._retire(connection, reason)

    async def receive(
        self,
        connection: Connection[GatewaySession],
        event: str,
        arguments: Sequence[str],
        acknowledge: bool,
    ) -> Acknowledgement:
        """Handle a request: its acknowledgement, or an `error` event and a refusing acknowledgement."""
        bound = self._events.get(event)
        session = connection.state
        try:
            if session is None:
                raise Unauthorized("The connection is not ready")
            await self._core.limits.request(session.caller.user_id)
            if bound is None:
                raise Invalid(f"There is no event {event[:64]!r}")
            if len(arguments) > 1:
                raise Invalid("An event carries one object, and there was more")
            payload = read(bound.event.payload, arguments[0] if arguments else "{}")
            result = await bound.call(session, payload)
        except ChatError as error:
            return self._refuse(connection, self._declared(error, bound), event, acknowledge)
        return NO_ACK if result is None else result.model_dump(mode="json", by_alias=True)

    def oversized(
        self,
        connection: Connection[GatewaySession],
        event: str | None,
        size: int,
        acknowledge: bool,
    ) -> Acknowledgement:
        """Refuse an event of too many bytes."""
        error = PayloadTooLarge(f"The event has {size} bytes, which is more than the server accepts")
        return self._refuse(connection, error, event, acknowledge)

    def binary(
        self,
        connection: Connection[GatewaySession],
        event: str,
        acknowledge: bool,
    ) -> Acknowledgement:
        """Refuse binary attachments."""
        error = Invalid("Events carry JSON only, without binary attachments")
        return self._refuse(connection, error, event, acknowledge)

    def failed(
        self,
        connection: Connection[GatewaySession],
        event: str | None,
        acknowledge: bool,
    ) -> Acknowledgement:
        """Own up to a failure of the server."""
        return self._refuse(connection, Internal(), event, acknowledge)

    # What the hub asks.

    def deliver(self, event: Event, members: Sequence[Member]) -> None:
        """Write an event to connections, encoded once."""
        for_others, for_themselves = codec.notifications(event)
        theirs: list[Member] = []
        if isinstance(event, ParticipantAdded | ParticipantRemoved):
            theirs = [each for each in members if each.user_id == event.user_id]
            members = [each for each in members if each.user_id != event.user_id]
        for notification, audience in ((for_others, members), (for_themselves, theirs)):
            if notification is not None:
                name, payload = notification
                broadcast([self._connections[each.id] for each in audience], name, payload)

    def dismiss(self, member: Member, reason: str) -> None:
        """Close a connection whose session has ended."""
        connection = self._connections.get(member.id)
        if connection is not None:
            self._tell(connection, Unauthorized(f"You were disconnected: {reason}"), None)
            connection.close(reason)

    # How that is done.

    async def _admit(self, connection: Connection[GatewaySession], handshake: Handshake) -> None:
        caller = await self._core.accounts.authenticate(_token(handshake))
        member = Member(id=connection.id, user_id=caller.user_id, session_id=caller.session_id, outlet=self)
        connection.state = GatewaySession(caller, member)
        self._connections[connection.id] = connection
        await self._core.presence.admit(caller.user_id, connection.id)
        now = self._core.clock.now()
        if caller.expires_at is not None:
            left = max(0.0, (caller.expires_at - now).total_seconds())
            self._expiries.set(connection.id, left, lambda: self._expire(member))
        await self._core.hub.attach(
            member,
            lambda: connection.emit(*codec.connected(caller.user_id, connection.id, len(member.following), now)),
        )
        await self._core.presence.arrived(caller.user_id, member.following)

    async def _retire(self, connection: Connection[GatewaySession], reason: str) -> None:
        self._expiries.cancel(connection.id)
        session = connection.state
        if self._connections.pop(connection.id, None) is None or session is None:
            return
        self._core.hub.detach(session.member)
        self._core.typing.disconnected(connection.id)
        await self._core.presence.departed(session.caller.user_id, connection.id)
        logger.info("connection %s of user %s ended: %s", connection.id, session.caller.user_id, reason)

    async def _expire(self, member: Member) -> None:
        self.dismiss(member, "the token has expired")

    def _declared(self, error: ChatError, bound: BoundEvent[GatewaySession] | None) -> ChatError:
        """Answer only with codes that the document names for the event."""
        if bound is None or error.code in bound.event.errors:
            return error
        logger.error("event %s refused with %s, which its document does not name", bound.event.name, error.code)
        return Internal()

    def _refuse(
        self, connection: Connection[GatewaySession], error: ChatError, event: str | None, acknowledge: bool
    ) -> Acknowledgement:
        self._tell(connection, error, event)
        return codec.refused(error).model_dump(mode="json", by_alias=True) if acknowledge else NO_ACK

    def _tell(self, connection: Connection[GatewaySession], error: ChatError, event: str | None) -> None:
        connection.emit(*codec.error_event(error, self._core.clock.now(), event))


def _token(handshake: Handshake) -> str | None:
    """Find the token: in `auth`, else in the query, else in the header."""
    offered = handshake.auth.get("token")
    if offered:
        return offered if isinstance(offered, str) else None
    if handshake.query.get("token"):
        return handshake.query["token"]
    scheme, _, token = handshake.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _cannot_connect() -> ConnectionRefused:
    return ConnectionRefused("The server cannot take the connection now; try again later")
