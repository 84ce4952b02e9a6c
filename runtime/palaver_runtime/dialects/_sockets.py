"""Connections of any dialect: from the handshake to the farewell, requests and their refusals, and the hub's events.

A dialect adds its voice, which says things in its own words, and handlers bound to its table of events.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import Final, Generic, TypeVar

from mypy_extensions import mypyc_attr

from palaver_runtime import spans
from palaver_runtime.about import note
from palaver_runtime.core import Core
from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects._at_once import Begun
from palaver_runtime.dialects._later import after
from palaver_runtime.dialects._reading import read
from palaver_runtime.dialects._served import Served
from palaver_runtime.dialects._voice import Line, Session, Voice
from palaver_runtime.domain.errors import (
    ChatError,
    ConnectionRefused,
    Internal,
    Invalid,
    PayloadTooLarge,
    Problem,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from palaver_runtime.domain.events import Announced, Durable, Event, ParticipantAdded, ParticipantRemoved
from palaver_runtime.domain.values import Caller
from palaver_runtime.metrics import UNKNOWN, Meter
from palaver_runtime.services.deadlines import Deadlines
from palaver_runtime.transports import depth, reasons, values
from palaver_runtime.transports.depth import too_deep
from palaver_runtime.transports.door import counted_as
from palaver_runtime.transports.sockets import NO_ACK, NOT_NOW, Acknowledgement, Handshake, NotNow, Pending
from palaver_runtime.transports.values import too_many
from palaver_wire.contract import BoundEvent, WireModel

logger = logging.getLogger(__name__)

MAX_ADMISSIONS: Final = 16
"""Connections that are set up at once. When an instance has died its clients all come together: they wait here, where
waiting costs nothing, and not for a connection to the database, which is given up after a while."""

_CONNECTION_CODES: Final = frozenset({Unauthorized.code, RateLimited.code, ConnectionRefused.code, Unavailable.code})

_USUAL: Final = frozenset({reasons.CLIENT_DISCONNECT, reasons.TRANSPORT_CLOSE})
"""Why connections end because clients go: nothing to look into, and said of thousands in one moment."""

L = TypeVar("L", bound=Line)


@mypyc_attr(allow_interpreted_subclasses=True)
class Sockets(Generic[L]):
    """Serves the connections of a dialect, and is the hub's outlet to them.

    `broadcast` writes an event to many connections, encoded once. With `selective` a connection hears nothing of a
    conversation until it has entered it. What is announced is told where it is announced in this `dialect`.
    """

    def __init__(
        self,
        core: Core,
        voice: Voice,
        events: Mapping[str, BoundEvent[Session]],
        broadcast: Callable[[Iterable[L], str, object, float | None], None],
        *,
        namespace: str = "/",
        selective: bool = False,
        dialect: str = "",
    ) -> None:
        self.namespace: Final = namespace
        #: What the dialect is given to work with.
        self.core: Final = core
        self._limits: Final = core.limits
        self._depth: Final = core.capacity.depth
        self._voice = voice
        self._events: Final = {name: Served(bound) for name, bound in events.items()}
        self._broadcast = broadcast
        self._selective = selective
        self._dialect = dialect
        self._connections: dict[str, L] = {}
        # To whom was written last, and by which connections: mostly the same hear what comes next.
        self._audience: tuple[Sequence[Member], list[L]] | None = None
        self._expiries: Deadlines[str] = Deadlines(self._expire)
        self._admissions = asyncio.Semaphore(MAX_ADMISSIONS)
        #: Counts for the dialect; for its transport too.
        self.meter: Final[Meter] = core.meter

    async def close(self) -> None:
        """Forget when tokens expire."""
        await self._expiries.close()

    # What the transport asks.

    async def connect(self, connection: L, handshake: Handshake) -> bool:
        """Greet whom the token stands for; anybody else is told why not."""
        refusal: ChatError
        try:
            # The token alone may take a while, if its issuer does.
            caller = await self.core.accounts.identify(self._voice.token(handshake))
            await self._admissions.acquire()
            try:
                await self._admit(connection, caller, handshake.address)
            finally:
                self._admissions.release()
        except ChatError as error:
            refusal = error.with_traceback(None) if error.code in _CONNECTION_CODES else _cannot_connect()
        except Exception:
            logger.exception("connection %s could not be set up", connection.id)
            refusal = _cannot_connect()
        else:
            return True
        self._turn_away(connection, refusal)
        return False

    def disconnect(self, connection: L, reason: str) -> None:
        """Take leave of a connection."""
        self._retire(connection, reason)

    def keeps_order(self, event: str) -> bool:
        """Tell whether it is a message: those of a conversation are stored in the order in which they are begun."""
        bound = self._events.get(event)
        return bound is not None and bound.keeps_order

    async def receive(
        self, connection: L, event: str, arguments: Sequence[str], acknowledge: bool
    ) -> Acknowledgement | Pending:
        """Handle a request: its acknowledgement, or a refusal. That of a message may be pending."""
        bound, session = self._events.get(event), connection.state
        with spans.span(f"event {event if bound else UNKNOWN}"):
            # A span is that of what is waited for.
            if bound is None or session is None or not bound.keeps_order or spans.traced():
                return await self._answer(connection, event, bound, arguments, acknowledge=acknowledge)
            return await self._begin(connection, session, bound, arguments, acknowledge=acknowledge)

    def receive_at_once(
        self, connection: L, event: str, arguments: Sequence[str], acknowledge: bool
    ) -> Acknowledgement | NotNow | Pending:
        """Begin to handle a request whose handler is a plain method, within all limits; NOT_NOW for any other."""
        bound, session = self._events.get(event), connection.state
        if bound is None or bound.at_once is None or session is None or spans.traced():
            return NOT_NOW
        began, size = perf_counter(), _size(arguments)
        if not self._limits.at_once(session.asker, size, bound.means):
            return NOT_NOW
        wait = 0.0
        try:
            result = bound.at_once(session, self._payload(bound, arguments))
        except ChatError as error:
            wait = _held_back(session, size, error)
            if not wait and not bound.keeps_order:
                return self._outcome(connection, bound, acknowledge, began, error)
            result = after(wait, error)
        except Exception:
            self.meter.event_took(event, perf_counter() - began)
            raise
        if (result is None or isinstance(result, WireModel)) and not bound.keeps_order:
            return self._outcome(connection, bound, acknowledge, began, result)
        return Begun(result, partial(self._outcome, connection, bound, acknowledge, began), slow=wait > 0)

    async def _begin(
        self,
        connection: L,
        session: Session,
        bound: Served,
        arguments: Sequence[str],
        *,
        acknowledge: bool,
    ) -> Pending:
        """Begin with what keeps its order when its turn has come; its refusal, too, comes in that order."""
        began, size, wait = perf_counter(), _size(arguments), 0.0
        assert bound.at_once is not None, "what keeps its order is begun at once"
        try:
            payload = await self._permitted(session, bound.name, bound, arguments, size)
            result = bound.at_once(session, payload)
        except ChatError as error:
            wait = _held_back(session, size, error)
            result = after(wait, error)
        except Exception:
            self.meter.event_took(bound.name, perf_counter() - began)
            raise
        return Begun(result, partial(self._outcome, connection, bound, acknowledge, began), slow=wait > 0)

    async def _answer(
        self,
        connection: L,
        event: str,
        bound: Served | None,
        arguments: Sequence[str],
        *,
        acknowledge: bool,
    ) -> Acknowledgement:
        session = connection.state
        size = _size(arguments)
        began = perf_counter()
        result: WireModel | None = None
        refusal: ChatError | None = None
        try:
            try:
                if session is None:
                    raise Unauthorized("The connection is not ready")
                payload = await self._permitted(session, event, bound, arguments, size)
                assert bound is not None, "what has no name that is known has no payload"
                result = await bound.call(session, payload)
                session.patience.accepted()
            except ChatError as error:
                # Its traceback would have this frame, and only the collector of garbage find that nobody else has them.
                refusal = error.with_traceback(None)
            if refusal is not None and session is not None and (wait := _held_back(session, size, refusal)):
                await asyncio.sleep(wait)
        finally:
            self.meter.event_took(event if bound else UNKNOWN, perf_counter() - began)
        if refusal is not None:
            return self._refuse(connection, self._declared(refusal, bound), event, acknowledge)
        return self._answered(event, result)

    async def _permitted(
        self, session: Session, event: str, bound: Served | None, arguments: Sequence[str], size: int
    ) -> WireModel:
        """Count a request, wait for its turn, and give its payload; raise why there is none, or that it is too much."""
        limits, asker = self._limits, session.asker
        counted = bound is not None and limits.at_once(asker, size, bound.means)
        if not counted:
            await limits.address(asker.address)
        payload, problem = self._read(event, bound, arguments)
        means = "" if bound is None or payload is None else bound.means
        if not counted:
            await limits.request(asker.user_id, size, means)
        if payload is None:
            raise problem or Internal()
        if not counted:
            await limits.kind(asker.user_id, means)
        return payload

    def _outcome(
        self,
        connection: L,
        bound: Served,
        acknowledge: bool,
        began: float,
        outcome: WireModel | ChatError | None,
    ) -> Acknowledgement:
        """Answer what was begun at once, with a result or a refusal."""
        event = bound.name
        self.meter.event_took(event, perf_counter() - began)
        if isinstance(outcome, ChatError):
            error = self._declared(outcome.with_traceback(None), bound)
            return self._refuse(connection, error, event, acknowledge)
        if connection.state is not None:
            connection.state.patience.accepted()
        return self._answered(event, outcome)

    def _answered(self, event: str, result: WireModel | None) -> Acknowledgement:
        self.meter.event(event)
        return NO_ACK if result is None else result

    def _read(
        self, event: str, bound: Served | None, arguments: Sequence[str]
    ) -> tuple[WireModel | None, ChatError | None]:
        """Give the payload of an event, or why there is none, which is for those to know who may ask."""
        if bound is None:
            said = f"There is no event {event[:64]!r}" if event else "It has no name that could be read"
            return None, Invalid(said)
        try:
            return self._payload(bound, arguments), None
        except ChatError as error:
            return None, error.with_traceback(None)

    def _payload(self, bound: Served, arguments: Sequence[str]) -> WireModel:
        if len(arguments) > 1:
            raise Invalid("An event carries one object, and there was more")
        text = arguments[0] if arguments else "{}"
        most, raw = self._depth, text.encode(errors="replace")
        if too_many(raw):
            self.meter.refused("values")
            raise Invalid(f"payload: {values.REFUSAL}", [Problem("", values.REFUSAL)])
        if too_deep(raw, most):
            self.meter.refused("depth")
            raise Invalid(f"payload: {depth.refusal(most)}", [Problem("", depth.refusal(most))])
        return read(bound.payload, text)

    def oversized(self, connection: L, event: str | None, size: int, acknowledge: bool) -> Acknowledgement:
        """Refuse an event of too many bytes."""
        self.meter.refused("event_bytes")
        error = PayloadTooLarge(f"The event has {size} bytes, which is more than the server accepts")
        return self._refuse(connection, error, event, acknowledge)

    def binary(self, connection: L, event: str, acknowledge: bool) -> Acknowledgement:
        """Refuse binary attachments."""
        error = Invalid("Events carry JSON only, without binary attachments")
        return self._refuse(connection, error, event, acknowledge)

    def failed(self, connection: L, event: str | None, acknowledge: bool) -> Acknowledgement:
        """Own up to a failure of the server."""
        return self._refuse(connection, Internal(), event, acknowledge)

    # What the hub asks.

    def deliver(self, event: Event, members: Sequence[Member]) -> None:
        """Write an event to connections, encoded once."""
        since = self._since(event)
        if isinstance(event, Announced):
            if event.dialect == self._dialect:
                self._broadcast(self._connections_of(members), event.event, event.payload, since)
            return
        for_others, for_themselves = self._voice.notifications(event)
        theirs: list[Member] = []
        if isinstance(event, ParticipantAdded | ParticipantRemoved):
            theirs = [each for each in members if each.user_id == event.user_id]
            members = [each for each in members if each.user_id != event.user_id]
        for notification, audience in ((for_others, members), (for_themselves, theirs)):
            if notification is not None and audience:
                name, payload = notification
                self._broadcast(self._connections_of(audience), name, payload, since)

    def dismiss(self, member: Member, reason: str) -> None:
        """Close a connection whose session has ended."""
        connection = self._connections.get(member.id)
        if connection is not None:
            error = Unauthorized(f"You were disconnected: {reason}")
            self._tell(connection, error, None)
            connection.close(reason, error.code)

    # How that is done.

    def _connections_of(self, members: Sequence[Member]) -> list[L]:
        known = self._audience
        if known is None or known[0] is not members:
            self._audience = known = members, [self._connections[each.id] for each in members]
        return known[1]

    def _since(self, event: Event) -> float | None:
        """Give since when those who are to have a change may have it, as perf_counter() tells the time."""
        if not isinstance(event, Durable) or event.committed_at is None:
            return None
        # Committed by another instance, it may be of a moment that is still to come by what we take the time to be.
        age = (self.core.clock.now() - event.committed_at).total_seconds()
        return perf_counter() - max(0.0, age)

    async def _admit(self, connection: L, caller: Caller, address: str) -> None:
        note(user=caller.user_id)
        member = Member(
            id=connection.id,
            user_id=caller.user_id,
            session_id=caller.session_id,
            outlet=self,
            selective=self._selective,
        )
        counted = counted_as(address)
        connection.state = session = Session(caller, member, connection.emit, counted)
        self._connections[connection.id] = connection
        now = self.core.clock.now()

        async def introduce() -> Mapping[str, int]:
            nonlocal session
            introduced, memberships = await self.core.accounts.introduce(caller)
            if introduced is not caller:
                connection.state = session = Session(introduced, member, connection.emit, counted)
            await self.core.presence.admit(caller.user_id, connection.id)
            if caller.expires_at is not None:
                left = max(0.0, (caller.expires_at - now).total_seconds())
                self._expiries.set(connection.id, left)
            return memberships

        await self.core.hub.attach(member, lambda: self._greet(session, now), introduce)
        await self.core.presence.arrived(caller.user_id, session.caller.profile, member.following)

    def _greet(self, session: Session, at: datetime) -> None:
        greeting = self._voice.greeting(session, at)
        if greeting is not None:
            session.tell(*greeting)

    def _turn_away(self, connection: L, error: ChatError) -> None:
        self._retire(connection, "refused")
        self._tell(connection, error, None)
        connection.close("refused", error.code)

    def _retire(self, connection: L, reason: str) -> None:
        self._expiries.cancel(connection.id)
        session = connection.state
        if self._connections.pop(connection.id, None) is None or session is None:
            return
        self._audience = None
        self.core.hub.detach(session.member)
        self.core.typing.disconnected(connection.id)
        # A session tells by its connection: both go at once, and not when garbage is next looked for.
        connection.state = None
        self.core.presence.departed(session.caller.user_id, connection.id)
        level = logging.DEBUG if reason in _USUAL else logging.INFO
        logger.log(level, "connection %s of user %s ended: %s", connection.id, session.caller.user_id, reason)

    async def _expire(self, connection_id: str) -> None:
        connection = self._connections.get(connection_id)
        if connection is not None and connection.state is not None:
            self.dismiss(connection.state.member, "the token has expired")

    def _declared(self, error: ChatError, bound: Served | None) -> ChatError:
        """Answer only with codes that the document names for the event."""
        if bound is None or error.code in bound.errors:
            return error
        logger.error("event %s refused with %s, which its document does not name", bound.name, error.code)
        return Internal()

    def _refuse(self, connection: L, error: ChatError, event: str | None, acknowledge: bool) -> Acknowledgement:
        self.meter.event(event if event is not None and event in self._events else UNKNOWN, error.code)
        answer = self._voice.refused(error) if acknowledge else NO_ACK
        self._tell(connection, error, event, acknowledged=answer is not NO_ACK)
        return answer

    def _tell(self, connection: L, error: ChatError, event: str | None, *, acknowledged: bool = False) -> None:
        notification = self._voice.error(error, self.core.clock.now(), event, acknowledged=acknowledged)
        if notification is not None:
            connection.emit(*notification)


def _size(arguments: Sequence[str]) -> int:
    return len(arguments[0]) if len(arguments) == 1 else sum(map(len, arguments))


def _held_back(session: Session, size: int, error: ChatError) -> float:
    """Note a refusal, and give the seconds by which it is to be late."""
    return session.patience.refused(size) if isinstance(error, RateLimited) else 0.0


def _cannot_connect() -> ConnectionRefused:
    return ConnectionRefused("The server cannot take the connection now; try again later")
