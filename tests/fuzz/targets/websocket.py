"""Frames of a bare WebSocket: their bytes through the listener's protocol, and what they say through a session."""

import asyncio
import logging
from functools import cache
from typing import Any

import orjson
from fuzz.target import Broken, Target
from fuzz.targets.playground import Echo, over, run, settled
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake
from websockets.frames import Close
from websockets.uri import parse_uri

from palaver_runtime.metrics import Meter
from palaver_runtime.transports.census import ListenerLimits
from palaver_runtime.transports.door import Door, Proxies
from palaver_runtime.transports.listener import Listener, _config
from palaver_runtime.transports.requests import Requests
from palaver_runtime.transports.websocket import WebSocketLimits, WebSocketTransport
from palaver_runtime.transports.websocket.frames import Tags

_WATCH = ("palaver_runtime/transports/", "uvicorn/protocols/", "websockets/")
_LIMITS = WebSocketLimits(max_frame_bytes=4096, drain_timeout=0.001)
_PROXIES = Proxies(["127.0.0.1"])
_REQUEST_ID = "X-Request-Id"
_TURNS = 6
_MOST_TURNS = 200
"""How often the loop goes round after a part, at least, and at most while the listener does not read on."""
_TAGS = Tags("/type")
_MASK = b"\x00\x00\x00\x00"
_OPENING = (
    b"GET /ws?token=x HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TOKENS = (
    *(b"\x81\x80" + _MASK, b"\x82\x80" + _MASK, b"\x80\x80" + _MASK, b"\x01\x80" + _MASK, b"\x00\x80" + _MASK),
    *(b"\x88\x80" + _MASK, b"\x88\x82" + _MASK + b"\x03\xe8", b"\x89\x80" + _MASK, b"\x8a\x80" + _MASK),
    *(b"\x81\xff" + b"\xff" * 8, b"\x81\xfe\x00\x01", b"\xc1\x80", b"\x83\x80", b"\x81\x00", b"\x89\xfe\x00\x80"),
    *(b'{"type":"x"}', b'"type"', b'"payload":{}'),
)
_HTTP_TOKENS = (
    *(
        b"Upgrade: websocket\r\n",
        b"Connection: Upgrade\r\n",
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
    ),
    *(b"0\r\n\r\n", b"\r\n", b"HTTP/1.1", b"GET ", b"POST ", b"OPTIONS * ", b"Expect: 100-continue\r\n", b"\r\n\r\n"),
    *(b"/socket.io/?EIO=4&transport=websocket", b"/ws?token=", b"Host: a\r\n", b"Sec-WebSocket-Version: 13\r\n"),
    *(b"X-Forwarded-For: ", b", 10.0.0.1", b"::ffff:127.0.0.1", b"X-Request-Id: ", b"Origin: null\r\n"),
)


class _Wire(asyncio.Transport):
    """The other end of a connection: keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written = bytearray()
        self.protocol: Any = None
        #: The listener does not want to read now, and so is given nothing.
        self.held = False
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(lambda: self.protocol.connection_lost(None))

    def abort(self) -> None:
        self.close()

    def pause_reading(self) -> None:
        self.held = True

    def resume_reading(self) -> None:
        self.held = False

    def get_protocol(self) -> asyncio.BaseProtocol:
        protocol: asyncio.BaseProtocol = self.protocol
        return protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Never hold anything back."""


@cache
def _listener() -> Listener:
    """Return the listener whose application is exchanged for each input: what matters are its protocols."""
    limits = ListenerLimits(proxies=_PROXIES)
    listener = Listener(_nowhere, "127.0.0.1", 0, max_frame_bytes=20_000, limits=limits)
    listener.close()
    return listener


async def _nowhere(scope: object, receive: object, send: object) -> None:
    """Never answer."""


async def _conversation(parts: list[bytes]) -> tuple[bytes, Echo]:
    """Send bytes to a listener, in parts; return what it wrote."""
    dialect = Echo()
    transport: WebSocketTransport[None] = WebSocketTransport(
        dialect, path="/ws", tag="/type", limits=_LIMITS, door=Door(proxies=_PROXIES), meter=Meter()
    )
    state, wire = ServerState(), _Wire()
    listener, loop = _listener(), asyncio.get_running_loop()
    listener.app = Requests(transport.app, header=_REQUEST_ID)
    config = _config(listener, 1.0)
    config.load()
    make: Any = config.http_protocol_class
    wire.protocol = make(config=config, server_state=state, app_state={}, _loop=loop)
    wire.protocol.connection_made(wire)
    for part in parts:
        if wire.is_closing():
            break
        wire.protocol.data_received(part)
        await _read_by(wire)
    wire.close()
    if flow := getattr(wire.protocol, "timeout_keep_alive_task", None):
        flow.cancel()
    await settled(*state.tasks)
    await over(*transport._sessions)
    await asyncio.sleep(0)
    # One that is attached ends when the connection is told to be lost.
    if transport._sockets:
        raise Broken("sockets are left over")
    if make.census._all:
        raise Broken("a connection that is gone is still counted")
    return bytes(wire.written), dialect


async def _read_by(wire: _Wire) -> None:
    """Let the listener read what it was given; it takes slices in turns, and may want to wait."""
    for turn in range(_MOST_TURNS):
        if turn >= _TURNS and (not wire.held or wire.is_closing()):
            return
        await asyncio.sleep(0)


def frames(data: bytes) -> str:
    """Take the bytes of frames, masked by the client as they are, after a good handshake."""
    return run(_frames(data), timers=True)


async def _frames(data: bytes) -> str:
    written, dialect = await _conversation([_OPENING, data])
    client = ClientProtocol(parse_uri("ws://a/ws"), max_size=None)
    client.key = "dGhlIHNhbXBsZSBub25jZQ=="
    client.receive_data(written)
    client.receive_eof()
    if isinstance(client.handshake_exc, InvalidHandshake):
        raise Broken(f"the handshake fails: {client.handshake_exc}")
    if client.parser_exc is not None and not isinstance(client.parser_exc, EOFError):
        raise Broken(f"the server writes no frames: {client.parser_exc!r}")
    closed: Close | None = client.close_rcvd
    if closed is not None and closed.code in (1011, 1006):
        raise Broken(f"the connection is closed with {closed.code}")
    heard = " after frames" if dialect.received else ""
    if closed is None:
        return f"accepted{heard}"
    return f"refused: {closed.code if 1000 <= closed.code < 1016 else 'another code'}{heard}"


def handshake(data: bytes) -> str:
    """Take the bytes of HTTP requests, upgrades to WebSocket among them."""
    return run(_handshake(data), timers=True)


async def _handshake(data: bytes) -> str:
    written, _ = await _conversation([data[:60_000]])
    status = written[9:12].decode("latin-1")
    if status.startswith("5"):
        raise Broken(f"the status {status}")
    return f"accepted: {status}" if status == "101" else f"refused: {status or 'silence'}"


def message(data: bytes) -> str:
    """Take the text of one frame."""
    text = data.decode(errors="replace")
    tag, glance = _TAGS.find(text), _TAGS.glance(text)
    if not tag:
        return "refused: glanced" if glance else "refused"
    if glance and glance != tag:
        # Of a key that is written twice the last counts for a reader, and the first for a glance.
        whole = orjson.loads(text)
        if text.count('"type"') < 2 and "\\u" not in text:
            raise Broken(f"at a glance {glance!r}, and read {whole['type']!r}")
    return "accepted"


logging.getLogger("websockets").setLevel(logging.CRITICAL)
TARGETS = (
    Target("websocket.frames", frames, _WATCH, "websocket", 0.15, TOKENS),
    Target("websocket.message", message, _WATCH, "envelopes", 4.0, TOKENS),
    Target("http.bytes", handshake, _WATCH, "http-bytes", 0.15, _HTTP_TOKENS),
)
