"""The Socket.IO side of one Engine.IO session: its packets in order, one at a time, into the dialect."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from palaver_runtime.about import note
from palaver_runtime.metrics import Meter
from palaver_runtime.transports import reasons
from palaver_runtime.transports.door import Door, Late
from palaver_runtime.transports.socketio import packets
from palaver_runtime.transports.socketio.connection import Carrier, Connection
from palaver_runtime.transports.socketio.limits import SocketLimits
from palaver_runtime.transports.socketio.packets import Head, MalformedPacket
from palaver_runtime.transports.sockets import (
    NO_ACK,
    NOT_NOW,
    Acknowledgement,
    Handshake,
    NotNow,
    Pending,
    SocketDialect,
)
from palaver_runtime.transports.text_frame import TextFrame
from palaver_runtime.transports.turns import Turns, Wait

logger = logging.getLogger(__name__)

S = TypeVar("S")


class SocketIODialect(SocketDialect[Connection[S]], Protocol[S]):
    """Handles the traffic of one namespace; `S` is what it keeps in Connection.state."""

    @property
    def namespace(self) -> str:
        """The one namespace that is served; a CONNECT to another gets CONNECT_ERROR."""
        ...


class SessionCarrier(Carrier, Protocol):
    """The Engine.IO session below."""

    def expect_handshake(self) -> None:
        """Close unless handshake_done() is called in time."""
        ...

    def handshake_done(self) -> None:
        """Stop what expect_handshake() started."""
        ...

    def abort(self, reason: str) -> None:
        """End now, whatever is queued."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """What the HTTP request that opened the session told about the client."""

    query: dict[str, str]
    headers: dict[str, str]
    address: str


class _Connect(NamedTuple, Generic[S]):
    connection: Connection[S]
    handshake: Handshake


class _Event(Generic[S]):
    __slots__ = ("ack", "arguments", "binary", "connection", "name")

    def __init__(
        self,
        connection: Connection[S],
        name: str,
        arguments: tuple[str, ...],
        ack: str | None,
        binary: bool,
    ) -> None:
        self.connection: Final = connection
        self.name: Final = name
        self.arguments: Final = arguments
        self.ack: Final = ack
        self.binary: Final = binary


class _Oversized(NamedTuple, Generic[S]):
    connection: Connection[S]
    name: str | None
    size: int
    ack: str | None
    fatal: bool = False


class _Leave(NamedTuple, Generic[S]):
    connection: Connection[S]
    reason: str


_Item: TypeAlias = _Connect[S] | _Event[S] | _Oversized[S] | _Leave[S]


class Session(Turns[_Item[S]], Generic[S]):
    """Reads packets as they arrive and hands them to the dialect in their order.

    What can be begun at once is; else a bounded queue lies between: message() asks to wait while it is full, which
    holds back this one client. When the client leaves, what was queued before is still handled; when the server
    closes, it is not. A handler that runs is cancelled by neither, so that what it began is finished; its emits are
    dropped. `gone` is told at the end of all.
    """

    __slots__ = (
        *("_accepted", "_attached", "_attachments", "_carrier", "_connection", "_dialect", "_door", "_end"),
        *("_generate_id", "_gone", "_limits", "_meter", "_opening", "_overfull"),
    )

    def __init__(
        self,
        dialect: SocketIODialect[S],
        carrier: SessionCarrier,
        opening: Opening,
        limits: SocketLimits,
        generate_id: Callable[[], str],
        door: Door,
        meter: Meter,
        gone: "Callable[[Session[S]], None]",
    ) -> None:
        super().__init__(limits.inbound_queue)
        self._dialect = dialect
        self._carrier = carrier
        self._opening = opening
        self._limits = limits
        self._door = door
        self._meter = meter
        self._generate_id = generate_id
        self._gone = gone
        self._connection: Connection[S] | None = None  # as read; what is handled may be some packets behind
        self._accepted: Connection[S] | None = None  # as handled
        self._attachments = 0
        self._attached = 0
        self._overfull = False
        self._end: str | None = None

    # -- reading: called by the carrier, one packet after the other --

    def message(self, data: str | bytes) -> Wait:
        """Take one packet; return what to wait for before the next one. Raise MalformedPacket when that is the end."""
        if self._overfull:
            return None
        if isinstance(data, bytes):
            return self._read_attachment(data)
        if self._attachments:
            raise MalformedPacket("a packet in place of an attachment")
        head = packets.read_head(data)
        self._attachments, self._attached = head.attachments, 0
        if head.kind == packets.CONNECT:
            return self._read_connect(data, head)
        if head.kind == packets.CONNECT_ERROR:
            raise MalformedPacket("CONNECT_ERROR from a client")
        if head.namespace != self._dialect.namespace:
            return None  # refused when it tried to connect; a packet sent meanwhile is no offence
        if self._connection is None:
            raise MalformedPacket("a packet before CONNECT")
        if head.kind == packets.DISCONNECT:
            if head.body != len(data):
                raise MalformedPacket("DISCONNECT with a payload")
            return self._read_disconnect(self._connection)
        if head.attachments > self._limits.max_attachments:
            name = packets.read_event_name(data, head.body)
            # What is itself an acknowledgement is not answered by one.
            ack = head.ack if head.kind == packets.BINARY_EVENT else None
            return self._overfill(_Oversized(self._connection, name, len(data), ack, fatal=True))
        if head.kind in (packets.EVENT, packets.BINARY_EVENT):
            return self.put(self._read_event(self._connection, data, head))
        return None  # an acknowledgement answers nothing: this server never asks for one

    def late(self) -> None:
        """Say that there was no CONNECT in time, in the packet that refuses one."""
        error = Late(self._limits.handshake_timeout)
        _, body, _ = self._door.refuse(error)
        self._send(packets.connect_error_packet(self._dialect.namespace, str(error), body))

    def ended(self, reason: str, *, by_server: bool) -> None:
        """Take note that nothing more can be sent or received."""
        self._end = reason
        if self._connection is not None:
            self._connection.detach()
        self.end(drop=by_server)

    def _read_attachment(self, data: bytes) -> Wait:
        if self._attachments == 0:
            raise MalformedPacket("an attachment that no packet announced")
        self._attachments -= 1
        self._attached += len(data)
        if self._attached <= self._limits.max_attachment_bytes:
            return None
        assert self._connection is not None, "attachments are announced after CONNECT only"
        return self._overfill(_Oversized(self._connection, None, self._attached, None, fatal=True))

    def _overfill(self, item: "_Oversized[S]") -> Wait:
        """Refuse attachments that are too many or too large; nothing more is read, and the connection ends."""
        self._overfull = True
        self._meter.refused("attachments")
        return self.put(item)

    def _read_connect(self, data: str, head: Head) -> Wait:
        auth = packets.read_auth(data, head.body)
        if head.namespace != self._dialect.namespace:
            self._send(packets.connect_error_packet(head.namespace, "Invalid namespace"))
            return None
        if self._connection is not None:
            raise MalformedPacket("a second CONNECT")
        self._carrier.handshake_done()
        connection: Connection[S] = Connection(self._generate_id(), head.namespace, self._carrier)
        self._connection = connection
        handshake = Handshake(
            auth=auth,
            query=self._opening.query,
            headers=self._opening.headers,
            namespace=head.namespace,
            address=self._opening.address,
        )
        return self.put(_Connect(connection, handshake))

    def _read_disconnect(self, connection: Connection[S]) -> Wait:
        connection.detach()
        self._connection = None
        self._carrier.expect_handshake()
        return self.put(_Leave(connection, reasons.CLIENT_DISCONNECT))

    def _read_event(self, connection: Connection[S], data: str, head: Head) -> _Event[S] | _Oversized[S]:
        size = len(data) if data.isascii() else len(data.encode())
        if size > self._limits.max_event_bytes:
            return _Oversized(connection, packets.read_event_name(data, head.body), size, head.ack)
        event = packets.read_event(data, head.body)
        return _Event(connection, event.name, event.arguments, head.ack, head.kind == packets.BINARY_EVENT)

    def _send(self, packet: str) -> None:
        self._carrier.enqueue(TextFrame("4" + packet))

    # -- handling, in turns --

    @property
    def name(self) -> str:
        """What its tasks are called."""
        connection = self._accepted or self._connection
        return f"session {'of nobody' if connection is None else connection.id}"

    def keeps_order(self, item: _Item[S]) -> bool:
        """Ask the dialect."""
        return isinstance(item, _Event) and self._dialect.keeps_order(item.name)

    def begin(self, item: _Item[S]) -> Pending | NotNow | None:
        """Begin with an event at once, or answer it."""
        if not isinstance(item, _Event) or item.connection is not self._accepted or item.binary:
            return NOT_NOW
        try:
            answer = self._dialect.receive_at_once(item.connection, item.name, item.arguments, item.ack is not None)
            if answer is NOT_NOW or isinstance(answer, Pending):
                return answer
            self._acknowledge(item, answer)
        except Exception as error:
            self._fail(item, error)
        return None

    async def handle(self, item: _Item[S]) -> Pending | None:
        """Handle a packet."""
        connection = item.connection
        if isinstance(item, _Connect):
            await self._connect(connection, item.handshake)
        elif connection is not self._accepted:
            return None  # refused
        elif isinstance(item, _Leave):
            self._leave(connection, item.reason)
        else:
            return await self._handle_event(item)
        return None

    def answer(self, item: _Item[S], pending: Pending) -> None:
        """Acknowledge an event, if that is asked for."""
        assert isinstance(item, _Event), "nothing else is pending"
        try:
            self._acknowledge(item, pending.result())
        except asyncio.CancelledError:
            logger.info("connection %s: an event was given up", item.connection.id)
        except Exception as error:
            self._fail(item, error)

    def leave(self) -> None:
        """Tell the dialect, once the session has ended."""
        if self._accepted is not None:
            self._leave(self._accepted, self._end or reasons.SERVER_SHUTDOWN)

    def broken(self) -> None:
        """End the session."""
        self._carrier.abort(reasons.SERVER_SHUTDOWN)

    def over(self) -> None:
        """Tell that nothing is left to do."""
        self._gone(self)

    async def _connect(self, connection: Connection[S], handshake: Handshake) -> None:
        note(connection=connection.id)
        # Not where it is read: where the dialect needs nobody else, what it says then leaves with this in one write.
        self._send(packets.connect_packet(connection.namespace, connection.id))
        try:
            accepted = await self._dialect.connect(connection, handshake)
        except Exception:
            logger.exception("connection %s: connect failed", connection.id)
            self._failed(connection, None, acknowledge=False)
            accepted = False
        if accepted:
            self._accepted = connection
        else:
            connection.close(reasons.REFUSED)

    async def _handle_event(self, item: _Event[S] | _Oversized[S]) -> Pending | None:
        try:
            answer = await self._ask(item)
            if isinstance(answer, Pending):
                return answer
            self._acknowledge(item, answer)
        except Exception as error:
            self._fail(item, error)
        if isinstance(item, _Oversized) and item.fatal:
            item.connection.close(reasons.TOO_LARGE)
        return None

    def _fail(self, item: _Event[S] | _Oversized[S], error: Exception) -> None:
        """Answer an event whose handler raised."""
        # The name of the event is the client's text: not for the log.
        logger.error("connection %s: an event failed", item.connection.id, exc_info=error)
        acknowledge = item.ack is not None
        self._acknowledge(item, self._failed(item.connection, item.name, acknowledge=acknowledge))

    async def _ask(self, item: _Event[S] | _Oversized[S]) -> Acknowledgement | Pending:
        acknowledge = item.ack is not None
        if isinstance(item, _Oversized):
            return self._dialect.oversized(item.connection, item.name, item.size, acknowledge)
        if item.binary:
            return self._dialect.binary(item.connection, item.name, acknowledge)
        return await self._dialect.receive(item.connection, item.name, item.arguments, acknowledge)

    def _failed(self, connection: Connection[S], event: str | None, *, acknowledge: bool) -> Acknowledgement:
        try:
            return self._dialect.failed(connection, event, acknowledge)
        except Exception:
            logger.exception("connection %s: the answer to a failure failed", connection.id)
            return None

    def _acknowledge(self, item: _Event[S] | _Oversized[S], answer: Acknowledgement) -> None:
        if item.ack is not None and answer is not NO_ACK:
            item.connection.acknowledge(item.ack, [] if answer is None else [answer])

    def _leave(self, connection: Connection[S], reason: str) -> None:
        self._accepted = None
        connection.detach()
        try:
            self._dialect.disconnect(connection, reason)
        except Exception:
            logger.exception("connection %s: disconnect failed", connection.id)
