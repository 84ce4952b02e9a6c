"""Frames of JSON over a bare WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from palaver_client.connections.connection import Listener
from palaver_wire.client import ConnectionLost, Json, NotConnected, Socket

_LARGEST = 16 * 1024 * 1024  # Bytes. A page of history is far below; a server that sends more is not believed.


class WebSocketConnection:
    """One WebSocket."""

    def __init__(self, url: str, socket: Socket, listener: Listener) -> None:
        address = urlsplit(url)
        scheme = {"http": "ws", "https": "wss"}.get(address.scheme, address.scheme)
        self._address = (scheme, address.netloc, address.path.rstrip("/") + socket.path)
        self._socket = socket
        self._listener = listener
        self._websocket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def open(self, token: str | None) -> None:
        """Connect, and begin to read."""
        query = urlencode({self._socket.query: token} if token and self._socket.query else {})
        headers = {"Authorization": f"Bearer {token}"} if token and not self._socket.query else {}
        try:
            self._websocket = await connect(
                urlunsplit((*self._address, query, "")),
                additional_headers=headers,
                max_size=_LARGEST,
                proxy=None,
            )
        except (OSError, InvalidHandshake, InvalidURI) as error:
            raise NotConnected(f"no connection to {self._address[1]}: {error}") from error
        self._reader = asyncio.create_task(self._read(self._websocket))

    async def send(self, event: str, value: Json, acknowledged: Callable[[Json], None] | None) -> None:
        """Send a frame; it has its tag already. Frames are not acknowledged."""
        assert acknowledged is None, "no frame is acknowledged"
        if self._websocket is None:
            raise ConnectionLost(f"{event}: the connection is not open")
        try:
            await self._websocket.send(json.dumps(value, ensure_ascii=False))
        except ConnectionClosed as error:
            raise ConnectionLost(f"{event}: {_reason(error)}") from error

    async def close(self) -> None:
        """Close the WebSocket."""
        if self._reader is not None:
            self._reader.cancel()
        if self._websocket is not None:
            await self._websocket.close()

    async def _read(self, websocket: ClientConnection) -> None:
        try:
            async for raw in websocket:
                frame = _object(raw)
                tag = frame.get(self._socket.tag or "")
                if isinstance(tag, str):
                    self._listener.event(tag, frame)
            reason = _closed(websocket)
        except ConnectionClosed as error:
            reason = _reason(error)
        self._listener.ended(reason)


def _object(raw: str | bytes) -> dict[str, Json]:
    try:
        value = json.loads(raw)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _closed(websocket: ClientConnection) -> str:
    return f"{websocket.close_code} {websocket.close_reason}".strip()


def _reason(error: ConnectionClosed) -> str:
    received = error.rcvd
    return f"{received.code} {received.reason}".strip() if received else "the connection broke"
