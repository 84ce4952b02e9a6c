"""Socket.IO, by python-socketio's client. Connecting again is not left to it: what was missed has to be asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import socketio

from palaver_client.connections.connection import Listener
from palaver_wire.client import ConnectionLost, Json, NotConnected, Socket


class SocketIoConnection:
    """One connection to one namespace, over WebSocket."""

    def __init__(self, url: str, socket: Socket, listener: Listener) -> None:
        self._url = urlsplit(url)
        self._socket = socket
        self._listener = listener
        self._client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        self._opened: asyncio.Future[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._ended = False

    async def open(self, token: str | None) -> None:
        """Connect to the namespace."""
        namespace = self._socket.namespace
        self._opened = asyncio.get_running_loop().create_future()
        for event, handler in (
            ("connect", self._connected),
            ("connect_error", self._refused),
            ("disconnect", self._disconnected),
            ("*", self._heard),
        ):
            self._client.on(event, handler, namespace=namespace)
        query = {self._socket.query: token} if token and self._socket.query and not self._socket.auth else {}
        try:
            await self._client.connect(
                f"{self._url.scheme}://{self._url.netloc}?{urlencode(query)}",
                auth={self._socket.auth: token} if token and self._socket.auth else None,
                transports=["websocket"],
                namespaces=[namespace],
                socketio_path=self._url.path.strip("/") + self._socket.path,
                # It would go on waiting for a namespace that has been left again.
                wait=False,
            )
            self._watcher = asyncio.create_task(self._watch())
            await self._opened
        except socketio.exceptions.ConnectionError as error:
            raise NotConnected(f"no connection to {self._url.geturl()}: {error}") from error

    async def send(self, event: str, value: Json, acknowledged: Callable[[Json], None] | None) -> None:
        """Send an event. The acknowledgement is what the server gives first, None if it gives nothing."""

        def first(*given: Json) -> None:
            assert acknowledged is not None
            acknowledged(given[0] if given else None)

        if self._ended:
            raise ConnectionLost(f"{event}: the connection has ended")
        try:
            await self._client.emit(
                event, value, namespace=self._socket.namespace, callback=first if acknowledged else None
            )
        except socketio.exceptions.SocketIOError as error:
            raise ConnectionLost(f"{event}: {error}") from error

    async def close(self) -> None:
        """Leave the namespace and close the WebSocket."""
        self._ended = True
        await self._client.disconnect()
        await self._client.shutdown()
        if self._watcher is not None:
            await self._watcher

    async def _watch(self) -> None:
        """See the end of a transport that breaks before the namespace is there: no event tells of that."""
        await self._client.eio.wait()
        self._disconnected("transport error")

    def _connected(self) -> None:
        if self._opened is not None and not self._opened.done():
            self._opened.set_result(None)

    def _refused(self, reason: Json = None) -> None:
        said = reason.get("message") if isinstance(reason, dict) else reason
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(NotConnected(f"the server refused the connection: {said}"))
            self._opened.exception()  # Where connecting itself raises, nobody comes to wait for it.

    def _heard(self, event: str, *given: Json) -> None:
        if not self._ended:
            self._listener.event(event, given[0] if given else None)

    def _disconnected(self, reason: str) -> None:
        self._refused(reason)
        if not self._ended:
            self._ended = True
            self._listener.ended(reason)
