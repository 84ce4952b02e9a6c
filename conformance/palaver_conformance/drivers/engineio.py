"""Engine.IO protocol revision 4, client side, over WebSocket.

Source: https://socket.io/docs/v4/engine-io-protocol/. Polling is not spoken here.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from palaver_conformance.drivers.narrow import narrow
from palaver_conformance.drivers.pieces import pieces
from palaver_conformance.errors import Failure, Unreachable
from palaver_conformance.evidence.trace import Wire

_OPEN, _CLOSE, _PING, _PONG, _MESSAGE, _NOOP = "0", "1", "2", "3", "4", "6"
_CLOSING = 2.0
_QUEUE = 16


def address(url: str, path: str, query: Mapping[str, str]) -> str:
    """Return the WebSocket address of an Engine.IO server from its HTTP address."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    parameters = urlencode({"EIO": "4", "transport": "websocket", **query})
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + path, parameters, ""))


class EngineConnection:
    """One WebSocket: opened, kept alive by answering pings, closed by either side.

    `on_message` is called with each message in order, `on_close` once with the reason.
    """

    def __init__(self, wire: Wire, on_message: Callable[[str], None], on_close: Callable[[str], None]) -> None:
        self._wire = wire
        self._on_message = on_message
        self._on_close = on_close
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._reading = asyncio.Event()
        self._reading.set()

    async def open(self, target: str, headers: Mapping[str, str], patience: float, *, slow: bool = False) -> None:
        """Connect and wait for the open packet. A `slow` one leaves little room for what it has not read.

        Raises Unreachable when there is no server, Failure when it refuses or does not speak Engine.IO.
        """
        try:
            async with asyncio.timeout(patience):
                self._socket = await connect(
                    target,
                    additional_headers=dict(headers),
                    compression=None,
                    max_size=None,
                    ping_interval=None,
                    close_timeout=_CLOSING,
                    proxy=None,
                    sock=await narrow(target) if slow else None,
                    max_queue=1 if slow else _QUEUE,
                )
                first = await self._socket.recv()
        except TimeoutError:
            raise Unreachable(f"no Engine.IO open packet within {patience:g} s") from None
        except (OSError, InvalidURI) as error:
            raise Unreachable(f"no connection: {error}") from error
        except (InvalidHandshake, ConnectionClosed) as error:
            raise Failure("a WebSocket with an Engine.IO open packet", (str(error),)) from error
        text = _as_text(first)
        self._wire.received(text)
        if not text.startswith(_OPEN):
            raise Failure("an Engine.IO open packet first", (text,))
        self._reader = asyncio.create_task(self._read(self._socket))

    async def send(self, message: str) -> None:
        """Send a message; what is sent after the server has closed is lost, as it is for any client."""
        await self.send_frame(_MESSAGE + message)

    async def send_frame(self, frame: str | bytes) -> None:
        """Send a whole frame as it is, well-formed or not."""
        self._wire.sent(_as_text(frame))
        if self._socket is not None:
            with suppress(ConnectionClosed):
                await self._socket.send(frame)

    async def send_in_pieces(self, message: str, count: int) -> None:
        """Send a message in so many fragments."""
        self._wire.sent(f"{_MESSAGE}{message} (in {count} fragments)")
        if self._socket is not None:
            with suppress(ConnectionClosed):
                await self._socket.send(pieces(_MESSAGE + message, count))

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
                text = _as_text(frame)
                self._wire.received(text)
                if text.startswith(_PING):
                    await self.send_frame(_PONG + text[1:])
                elif text.startswith(_MESSAGE):
                    self._on_message(text[1:])
                elif text.startswith(_CLOSE):
                    break
                elif not text.startswith(_NOOP):
                    self._wire.note("this is no Engine.IO packet that a server may send")
        except ConnectionClosed as error:
            reason = str(error)
        self._wire.note(f"closed: {reason}")
        self._on_close(reason)


def _as_text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else f"(binary) {frame.hex(' ')}"
