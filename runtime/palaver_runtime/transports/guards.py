"""What a listener asks of a connection before any application sees it: few enough, quick enough, small enough."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Final

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from palaver_runtime.fairness import Account, Fairness
from palaver_runtime.transports.door import Proxies, counted_as

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent

_SLICE: Final = 1_024
"""Bytes of one client that are read in one go: 170 frames of the smallest kind, which take 2 to 3 ms."""

_TURN: Final = 65_536
_FRAMES: Final = 100
"""Bytes of a client, or frames, after which it is somebody else's turn."""

_CLOSING: Final = 1.0
"""Seconds in which a connection that is refused may read why."""


def _ignore(limit: str) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class ListenerLimits:
    """Sizes in bytes, times in seconds; `refused` is told the name of a limit each time that one is met.

    What connects from a trusted proxy counts for nobody: whose it is, only a request says.
    """

    #: A request line and its headers.
    max_header_bytes: int = 16_384
    #: From the first byte of a connection, or the first of a request, to the end of its headers; and for its body.
    request_seconds: float = 10.0
    #: A client that does not read its response for so long is cut off.
    write_seconds: float = 30.0
    #: Connections of any kind, of one address and in all.
    max_address_connections: int = 4_096
    max_connections: int = 20_096
    #: Frames and fragments of one websocket that are read in a second; the others wait.
    max_frames: int = 1_000
    #: Fragments of one message.
    max_fragments: int = 1_024
    #: Answers to pings that wait for a client to read them.
    max_pong_bytes: int = 65_536
    proxies: Proxies = field(default_factory=Proxies)
    #: What it takes to read is charged to the address, too, and a websocket of one that has to wait is read later.
    fairness: Fairness = field(default_factory=Fairness)
    refused: Callable[[str], None] = _ignore

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, int | float) and value <= 0:
                raise ValueError(f"{name} must be more than 0, not {value}")


class Census:
    """How many connections there are, by address and in all."""

    def __init__(self, limits: ListenerLimits) -> None:
        self._limits = limits
        self._by_address: Counter[str] = Counter()
        self._all = 0

    def enter(self, peer: str) -> str | None:
        """Count a connection and return under what it counts; None if it is one too many, and then it does not."""
        if self._all >= self._limits.max_connections:
            self._limits.refused("connections_total")
            return None
        address = counted_as(peer)
        if not self._limits.proxies.trusts(peer):
            if self._by_address[address] >= self._limits.max_address_connections:
                self._limits.refused("connections_address")
                return None
            self._by_address[address] += 1
        self._all += 1
        return address

    def account(self, peer: str) -> Account | None:
        """Give on whose account a connection is read; None for one of a proxy, which is everybody's."""
        return None if self._limits.proxies.trusts(peer) else self._limits.fairness.account(counted_as(peer))

    def leave(self, address: str) -> None:
        """Count a connection no more."""
        self._all -= 1
        if self._by_address[address] <= 1:
            del self._by_address[address]
        else:
            self._by_address[address] -= 1


class GuardedHttp(HttpToolsProtocol):
    """Uvicorn's httptools protocol, bounded: the original waits for ever, for headers without end.

    Of uvicorn 0.54: `cycle.more_body` tells whether a body is still to come, and `send_400_response` answers what
    could not be parsed.
    """

    limits: ListenerLimits
    census: Census

    _counted: str | None = None
    _head: int = 0
    _in_head = True
    _too_long = False
    _request_timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let a connection in, or cut it off: to say why would cost as much as to serve it."""
        super().connection_made(transport)
        self._counted = self.census.enter(self.client[0] if self.client else "")
        if self._counted is None:
            transport.abort()
        else:
            self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the connection no more."""
        self._stop(self._request_timer, self._write_timer)
        if self._counted is not None:
            self.census.leave(self._counted)
            self._counted = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the headers are too long."""
        if self._counted is None:
            return
        if self._in_head:
            if self._request_timer is None:
                self._expect_request()
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > self.limits.max_header_bytes and not self.transport.is_closing():
            self._too_long = True
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Hand a request over, unless its headers are too long."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.limits.max_header_bytes:
            self._too_long = True
            raise httptools.HttpParserError("headers too long")
        self._in_head = False
        self._head = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that nothing more is to come of a request."""
        self._stop(self._request_timer)
        self._request_timer = None
        self._in_head = True
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the protocol of websockets, its place among the others included."""
        self._stop(self._request_timer)
        counted, self._counted = self._counted, None
        super().handle_websocket_upgrade()
        protocol = self.transport.get_protocol()
        if isinstance(protocol, GuardedWebSocket) and counted is not None:
            protocol.counted = counted
            protocol.account = self.census.account(self.client[0] if self.client else "")

    def send_400_response(self, msg: str) -> None:
        """Refuse what could not be parsed, or is too long."""
        if not self._too_long:
            super().send_400_response(msg)
            return
        self.limits.refused("header_bytes")
        lines = b"".join(b"%s: %s\r\n" % header for header in self.server_state.default_headers)
        self.transport.write(STATUS_LINE[431] + lines + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
        # A peer that goes on sending does not read, and would be waited for.
        self.loop.call_later(_CLOSING, self.transport.abort)

    def pause_writing(self) -> None:
        """Wait for the client to read, yet not for ever."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(self.limits.write_seconds, self._unread)

    def resume_writing(self) -> None:
        """Note that the client reads."""
        self._stop(self._write_timer)
        super().resume_writing()

    def _expect_request(self) -> None:
        self._stop(self._request_timer)
        self._request_timer = self.loop.call_later(self.limits.request_seconds, self._late)

    def _late(self) -> None:
        """Cut off who takes too long to say what is wanted."""
        self.limits.refused("handshake_seconds")
        self.transport.abort()

    def _unread(self) -> None:
        self.limits.refused("outbound_bytes")
        self.transport.abort()

    @staticmethod
    def _stop(*timers: asyncio.TimerHandle | None) -> None:
        for timer in timers:
            if timer is not None:
                timer.cancel()


class GuardedWebSocket(WebSocketsSansIOProtocol):
    """Uvicorn's websockets-sansio protocol, bounded in the number of frames, whatever their size.

    A frame costs the same, however small. So what arrives is read in slices, with the turns of everybody else between
    them, and so many frames in a second.
    """

    limits: ListenerLimits
    census: Census
    #: Under what the connection is counted; set by the protocol that has let it in.
    counted: str | None = None
    #: To which account it is charged; set with that.
    account: Account | None = None

    _fragments = 0
    _seen = 0
    _second = 0.0
    _slicing: asyncio.Handle | None = None

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self._slices: deque[bytes] = deque()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the connection no more, and forget what was not read."""
        self._slices.clear()
        if self._slicing is not None:
            self._slicing.cancel()
        if self.counted is not None:
            self.census.leave(self.counted)
            self.counted = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what arrived, in slices."""
        if not self._slices and len(data) <= _SLICE and self._seen < self.limits.max_frames and not self._wait():
            began = perf_counter()
            super().data_received(data)
            self._charge(began)
            return
        self._slices.extend(data[start : start + _SLICE] for start in range(0, len(data), _SLICE))
        self.transport.pause_reading()
        self._schedule(0.0)

    def handle_events(self) -> None:
        """Handle the frames that were read; they are counted by the second."""
        now = self.loop.time()
        if now - self._second >= 1.0:
            self._second, self._seen = now, 0
        super().handle_events()

    async def receive(self) -> "ASGIReceiveEvent":
        """Give the application what comes next; what was held back meanwhile comes before what the kernel has."""
        message = await super().receive()
        if self._slices and not self.transport.is_closing():
            self.transport.pause_reading()
            self._schedule(0.0)
        return message

    def handle_text(self, event: Frame) -> None:
        """Begin a message."""
        self._begin()
        super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        """Begin a message."""
        self._begin()
        super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        """Go on with a message, unless it is in more pieces than any message needs."""
        self._seen += 1
        self._fragments += 1
        if self._fragments > self.limits.max_fragments:
            self._end("fragments")
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answer a ping, unless the answers before it are not read."""
        self._seen += 1
        if self.transport.get_write_buffer_size() > self.limits.max_pong_bytes:
            self._end("outbound_bytes")
            return
        super().handle_ping()

    def _begin(self) -> None:
        self._seen += 1
        self._fragments = 1

    def _end(self, limit: str) -> None:
        if not self.transport.is_closing():
            self.limits.refused(limit)
            self.transport.abort()

    def _schedule(self, delay: float) -> None:
        if self._slicing is None:
            self._slicing = self.loop.call_later(delay, self._next_slice)

    def _next_slice(self) -> None:
        """Read a slice, then let everybody else have a turn; while the application is busy, `receive` goes on."""
        self._slicing = None
        if self.transport.is_closing():
            self._slices.clear()
        if self.read_paused or not self._slices:
            return
        if self._seen >= self.limits.max_frames and (wait := self._second + 1.0 - self.loop.time()) > 0:
            self._schedule(wait)
            return
        if wait := self._wait():
            self._schedule(wait)
            return
        began = perf_counter()
        self._read_slices()
        self._charge(began)
        if self._slices:
            self._schedule(0.0)
        elif not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def _read_slices(self) -> None:
        # Few frames are large: of those more may be read in one turn.
        before, left = self._seen, _TURN
        while self._slices and not self.read_paused and left > 0 and self._seen - before < _FRAMES:
            left -= len(self._slices[0])
            super().data_received(self._slices.popleft())
            if self.transport.is_closing():
                self._slices.clear()

    def _wait(self) -> float:
        return 0.0 if self.account is None else self.account.wait()

    def _charge(self, began: float) -> None:
        if self.account is not None:
            self.account.charge(perf_counter() - began)


def guarded(
    limits: ListenerLimits, websocket: type[GuardedWebSocket] = GuardedWebSocket
) -> tuple[type[GuardedHttp], type[GuardedWebSocket]]:
    """Return the protocols of one server, which count their connections together."""
    bound = {"limits": limits, "census": Census(limits)}
    return type("Http", (GuardedHttp,), bound), type("WebSocket", (websocket,), bound)
