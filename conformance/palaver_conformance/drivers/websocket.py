"""A bare WebSocket, client side: JSON objects in text frames, each of which names itself.

Source: RFC 6455; what the frames hold is the document's.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from palaver_conformance.contract import pointer as pointers
from palaver_conformance.drivers.narrow import narrow
from palaver_conformance.drivers.pieces import pieces
from palaver_conformance.drivers.reading import read_json
from palaver_conformance.drivers.socketio import Listener
from palaver_conformance.errors import Failure, HarnessError, Unreachable
from palaver_conformance.evidence.trace import Wire

_CLOSING = 2.0
_QUEUE = 16


def address(url: str, path: str, query: Mapping[str, str]) -> str:
    """Return the WebSocket address of a server from its HTTP address."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + path, urlencode(query), ""))


class WebSocketConnection:
    """One client. Frames name themselves at the JSON Pointer `tag`; the listener is told the name and the whole frame.

    Pings of the server are answered, and none is sent.
    """

    def __init__(self, tag: str, wire: Wire, listener: Listener) -> None:
        self._tag = tag
        self._wire = wire
        self._listener = listener
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._reading = asyncio.Event()
        self._reading.set()

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
        """Connect. There is no place for `auth`. A `slow` one leaves little room for what it has not read.

        Raises Unreachable when there is no server and Failure when it refuses the WebSocket.
        """
        if auth is not None:
            raise HarnessError("a bare WebSocket has no place for an auth object")
        try:
            async with asyncio.timeout(patience):
                self._socket = await connect(
                    address(url, path, query),
                    additional_headers=dict(headers),
                    compression=None,
                    max_size=None,
                    ping_interval=None,
                    close_timeout=_CLOSING,
                    proxy=None,
                    sock=await narrow(url) if slow else None,
                    max_queue=1 if slow else _QUEUE,
                )
        except TimeoutError:
            raise Unreachable(f"no WebSocket within {patience:g} s") from None
        except (OSError, InvalidURI) as error:
            raise Unreachable(f"no connection: {error}") from error
        except (InvalidHandshake, ConnectionClosed) as error:
            raise Failure("a WebSocket", (str(error),)) from error
        self._reader = asyncio.create_task(self._read(self._socket))

    async def emit(self, event: str, payload: object) -> None:  # noqa: ARG002 - the frame names itself
        """Send a frame: the payload is the whole of it."""
        await self.send_frame(_frame(payload))

    async def emit_in_pieces(self, event: str, payload: object, count: int) -> None:  # noqa: ARG002
        """Send a frame in so many fragments."""
        frame = _frame(payload)
        self._wire.sent(f"{frame} (in {count} fragments)")
        if self._socket is not None:
            with suppress(ConnectionClosed):
                await self._socket.send(pieces(frame, count))

    async def request(self, event: str, payload: object) -> asyncio.Future[list[object]]:  # noqa: ARG002
        """Raise HarnessError: a bare WebSocket has no acknowledgements."""
        raise HarnessError(f"{event} cannot be acknowledged over a bare WebSocket")

    async def send_message(self, message: str) -> None:
        """Send a text frame as it is, well-formed or not."""
        await self.send_frame(message)

    async def send_frame(self, frame: str | bytes) -> None:
        """Send a frame as it is; what is sent after the server has closed is lost, as it is for any client."""
        self._wire.sent(_as_text(frame))
        if self._socket is not None:
            with suppress(ConnectionClosed):
                await self._socket.send(frame)

    def hold(self) -> None:
        """Read nothing that arrives from now on, until `read_on()`."""
        self._reading.clear()

    def read_on(self) -> None:
        """Read what has arrived meanwhile, and go on."""
        self._reading.set()

    async def close(self) -> None:
        """Close the WebSocket, and wait until that is done."""
        self.read_on()
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    async def abort(self) -> None:
        """Cut the connection without a word, and wait until that is done."""
        self.read_on()
        if self._socket is not None:
            self._socket.transport.abort()
        if self._reader is not None:
            await self._reader

    async def _read(self, socket: ClientConnection) -> None:
        reason = "closed"
        try:
            async for frame in socket:
                await self._reading.wait()
                self._wire.received(_as_text(frame))
                self._receive(frame)
        except ConnectionClosed as error:
            reason = str(error)
        self._wire.note(f"closed: {reason}")
        self._listener.closed(reason)

    def _receive(self, frame: str | bytes) -> None:
        try:
            content = read_json(frame) if isinstance(frame, str) else None
        except ValueError:
            content = None
        try:
            name = pointers.get(content, self._tag)
        except LookupError:
            name = None
        if isinstance(name, str):
            self._listener.event(name, [content])
        else:
            self._listener.violation(f"a frame that is no JSON object with a name at {self._tag}: {_as_text(frame)}")


def _frame(payload: object) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def _as_text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else f"(binary) {frame.hex(' ')}"
