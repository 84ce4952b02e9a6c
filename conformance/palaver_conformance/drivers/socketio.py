"""Socket.IO protocol revision 5, client side, over Engine.IO.

Source: https://socket.io/docs/v4/socket-io-protocol/.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from palaver_conformance.drivers.engineio import EngineConnection, address
from palaver_conformance.drivers.reading import read_json
from palaver_conformance.errors import Failure
from palaver_conformance.evidence.trace import Wire

_PACKET = re.compile(r"([0-6])(?:(\d+)-)?(?:(/[^,]*),)?(\d+)?(.*)", re.DOTALL)


class Kind(Enum):
    """Packet types."""

    CONNECT = "0"
    DISCONNECT = "1"
    EVENT = "2"
    ACK = "3"
    CONNECT_ERROR = "4"
    BINARY_EVENT = "5"
    BINARY_ACK = "6"


@dataclass(frozen=True)
class Packet:
    """One packet; `data` is its JSON, None when it has none."""

    kind: Kind
    namespace: str = "/"
    id: int | None = None
    data: object = None

    def encode(self) -> str:
        """Return the packet as it goes into an Engine.IO message."""
        namespace = "" if self.namespace == "/" else f"{self.namespace},"
        number = "" if self.id is None else str(self.id)
        data = "" if self.data is None else json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        return f"{self.kind.value}{namespace}{number}{data}"


def decode(text: str) -> Packet:
    """Read a packet; raises ValueError when the text is none."""
    match = _PACKET.fullmatch(text)
    if match is None:
        raise ValueError(f"not a Socket.IO packet: {text[:80]}")
    kind, _, namespace, number, data = match.groups()
    return Packet(
        Kind(kind),
        namespace or "/",
        int(number) if number else None,
        read_json(data) if data else None,
    )


@dataclass(frozen=True)
class Listener:
    """Whom a connection tells what arrives: events, and packets that a server may not send."""

    event: Callable[[str, Sequence[object]], None]
    violation: Callable[[str], None]
    closed: Callable[[str], None]


class SocketConnection:
    """One client in one namespace."""

    def __init__(self, namespace: str, wire: Wire, listener: Listener) -> None:
        self._namespace = namespace
        self._wire = wire
        self._listener = listener
        self._engine = EngineConnection(wire, self._receive, self._close)
        self._accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._acks: dict[int, asyncio.Future[list[object]]] = {}
        self._others: set[str] = set()
        self._next = 0
        self._ended = False

    async def open(
        self,
        url: str,
        path: str,
        *,
        auth: Mapping[str, object] | None,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        patience: float,
        slow: bool = False,
    ) -> None:
        """Connect to the namespace and wait until the server has accepted.

        Raises Unreachable when there is no server and Failure when it refuses the namespace.
        """
        await self._engine.open(address(url, path, query), headers, patience, slow=slow)
        await self._engine.send(Packet(Kind.CONNECT, self._namespace, data=auth).encode())
        try:
            async with asyncio.timeout(patience):
                await self._accepted
        except TimeoutError:
            raise Failure(f"the namespace {self._namespace} to be joined within {patience:g} s") from None

    async def emit(self, event: str, payload: object) -> None:
        """Emit an event without asking for an acknowledgement."""
        await self._engine.send(Packet(Kind.EVENT, self._namespace, data=[event, payload]).encode())

    async def emit_in_pieces(self, event: str, payload: object, count: int) -> None:
        """Emit an event in so many fragments of one frame."""
        packet = Packet(Kind.EVENT, self._namespace, data=[event, payload])
        await self._engine.send_in_pieces(packet.encode(), count)

    async def request(self, event: str, payload: object) -> asyncio.Future[list[object]]:
        """Emit an event, and return the future of its acknowledgement's arguments.

        The future fails with Failure when the connection closes first.
        """
        number, self._next = self._next, self._next + 1
        future: asyncio.Future[list[object]] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_seen)
        self._acks[number] = future
        if self._ended:
            self._fail(future, "the connection is closed already")
        await self._engine.send(Packet(Kind.EVENT, self._namespace, number, [event, payload]).encode())
        return future

    async def send_message(self, message: str) -> None:
        """Send an Engine.IO message as it is, a Socket.IO packet or not."""
        await self._engine.send(message)

    async def send_frame(self, frame: str | bytes) -> None:
        """Send a WebSocket frame as it is."""
        await self._engine.send_frame(frame)

    def hold(self) -> None:
        """Read nothing that arrives from now on, until `read_on()`."""
        self._engine.hold()

    def read_on(self) -> None:
        """Read what has arrived meanwhile, and go on."""
        self._engine.read_on()

    async def close(self) -> None:
        """Close the transport and wait until that is done."""
        await self._engine.close()

    async def abort(self) -> None:
        """Cut the transport without a word, and wait until that is done."""
        await self._engine.abort()

    def _receive(self, message: str) -> None:
        try:
            packet = decode(message)
        except ValueError as error:
            self._listener.violation(str(error))
            return
        if packet.namespace != self._namespace:
            if packet.kind in (Kind.CONNECT, Kind.CONNECT_ERROR):
                # The answer to a scenario's own packet, which asked for another namespace: many servers have `/` too.
                self._others.add(packet.namespace)
            if packet.namespace in self._others:
                return
            self._listener.violation(f"a packet for the namespace {packet.namespace}, which was not joined")
        elif packet.kind is Kind.EVENT:
            self._event(packet)
        elif packet.kind is Kind.ACK:
            self._acknowledge(packet)
        elif packet.kind is Kind.CONNECT:
            self._settle(None)
        elif packet.kind is Kind.CONNECT_ERROR:
            self._settle(Failure("the connection to be accepted", (f"connect_error {packet.data}",)))
        elif packet.kind is Kind.DISCONNECT:
            self._close("disconnected by the server")
        else:
            self._listener.violation("a binary packet: the documents promise JSON")

    def _event(self, packet: Packet) -> None:
        if not isinstance(packet.data, list) or not packet.data or not isinstance(packet.data[0], str):
            self._listener.violation(f"an event without a name: {packet.data!r}")
            return
        self._listener.event(packet.data[0], packet.data[1:])

    def _acknowledge(self, packet: Packet) -> None:
        future = self._acks.pop(packet.id, None) if packet.id is not None else None
        if future is None:
            self._listener.violation(f"acknowledgement {packet.id} that nobody waits for: {packet.data!r}")
        elif not future.done():
            future.set_result(packet.data if isinstance(packet.data, list) else [packet.data])

    def _settle(self, refusal: Failure | None) -> None:
        if self._accepted.done():
            if refusal is None:
                self._listener.violation("a second CONNECT packet")
        elif refusal is None:
            self._accepted.set_result(None)
        else:
            self._accepted.set_exception(refusal)

    def _close(self, reason: str) -> None:
        if self._ended:
            return
        self._ended = True
        self._settle(Failure("the connection to be accepted", (reason,)))
        for future in self._acks.values():
            self._fail(future, reason)
        self._acks.clear()
        self._listener.closed(reason)

    @staticmethod
    def _fail(future: asyncio.Future[list[object]], reason: str) -> None:
        if not future.done():
            future.set_exception(Failure("an acknowledgement", (f"connection closed: {reason}",)))


def _seen(future: asyncio.Future[list[object]]) -> None:
    """Mark a failure as seen: a scenario need not await every acknowledgement that it asked for."""
    if not future.cancelled():
        future.exception()
