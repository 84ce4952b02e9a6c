"""A dialect served over raw WebSocket, as an ASGI application."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Iterable
from typing import Final, Generic, TypeVar

from starlette.responses import PlainTextResponse
from starlette.routing import Router, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from palaver_runtime.metrics import Meter
from palaver_runtime.transports import reasons
from palaver_runtime.transports.door import Door, answer, counted_as
from palaver_runtime.transports.gathering import Gathering
from palaver_runtime.transports.heartbeat import Pulse
from palaver_runtime.transports.origins import Origins
from palaver_runtime.transports.sockets import Handshake, SocketDialect
from palaver_runtime.transports.websocket.client_socket import ClientSocket
from palaver_runtime.transports.websocket.connection import Connection
from palaver_runtime.transports.websocket.frames import Tags
from palaver_runtime.transports.websocket.limits import WebSocketLimits
from palaver_runtime.transports.websocket.session import Session

logger = logging.getLogger(__name__)

S = TypeVar("S")

_CANCEL_GRACE: Final = 1.0
"""Seconds in which a dialect may take leave of a connection whose handler was cancelled."""


class WebSocketTransport(Generic[S]):
    """Serves one dialect at `path`; `fallback` gets every request elsewhere.

    `tag` points to that in each frame which says what it is. `allowed_origins` are compared exactly; a request without
    an Origin header, which no browser sends, is allowed; "*" allows every origin. Whoever may come gets a websocket,
    so that the dialect can say why it refuses a client: a browser tells its page nothing of a refused upgrade. After
    an error with a code the websocket is closed with the `close_code` of that.
    """

    def __init__(
        self,
        dialect: SocketDialect[Connection[S]],
        *,
        path: str,
        tag: str,
        close_code: Callable[[str], int] | None = None,
        allowed_origins: Iterable[str] = (),
        limits: WebSocketLimits | None = None,
        fallback: ASGIApp | None = None,
        door: Door | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._dialect = dialect
        self._tags = Tags(tag)
        self._close_code = close_code
        self._origins = Origins(allowed_origins)
        self._limits = limits or WebSocketLimits()
        self._door = door or Door()
        self._meter = meter or Meter()
        self._gathering = Gathering(self._meter.delivered)
        self._pulse = Pulse(self._limits.ping_interval, self._limits.ping_timeout)
        self._sockets: set[ClientSocket] = set()
        self._meter.watch_connections(lambda: (("websocket", each.pending_bytes) for each in self._sockets))
        self._sessions: dict[Session[S], ClientSocket] = {}
        self._emptied = asyncio.Event()
        self._refusing = False
        #: The ASGI application.
        self.app: ASGIApp = self._door.guarded(
            Router([WebSocketRoute(path, self._serve)], redirect_slashes=False, default=fallback)
        )

    @property
    def sessions(self) -> int:
        """How many connections are open or still being taken down."""
        return len(self._sockets.union(self._sessions.values()))

    async def close(self, deadline: float = 10.0) -> None:
        """Refuse new connections and close all; return when the dialect knows and the clients have been told.

        What is being handled is finished and answered first, within half of the time; what waits behind it is for the
        client to send again. What lasts longer than `deadline` seconds is cancelled. The close code lets clients come
        again at once.
        """
        end = asyncio.get_running_loop().time() + deadline
        self._refusing = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline / 2):
                await asyncio.gather(*(session.rest() for session in self._sessions))
        sockets = set(self._sockets)
        for socket in sockets:
            socket.finish(reasons.SERVER_SHUTDOWN)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                for socket in sockets:
                    await socket.gone.wait()
                await self._over()
        for socket in sockets:
            socket.abort(reasons.SERVER_SHUTDOWN)
        # Twice: the first ends the handler of a frame, the second the disconnect that follows it.
        for _ in range(2):
            for session in list(self._sessions):
                if session.cancel():
                    logger.warning("%s lasts longer than %g s and is cancelled", session.name, deadline)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CANCEL_GRACE):
                    await self._over()

    async def _serve(self, websocket: WebSocket) -> None:
        if not self._origins.allow(websocket.headers.getlist("origin")):
            await websocket.close()
            return
        if self._refusing:
            await _deny(websocket)
            return
        handshake = _handshake(websocket)
        try:
            seat = self._door.seat(counted_as(handshake.address))
        except Exception as error:
            await answer(websocket.scope, websocket.send, self._door.refuse(error))
            return
        seat.joined()  # who it is has come with the request
        name = secrets.token_urlsafe(15)
        socket = ClientSocket(
            name, websocket, self._limits, self._close_code, self._meter, self._gathering, self._pulse
        )
        connection: Connection[S] = Connection(name, socket)
        session = Session(self._dialect, connection, handshake, self._tags, self._limits, self._gone)
        socket.open(session)

        def left() -> None:
            seat.leave()
            self._sockets.discard(socket)

        socket.leave = left
        self._sockets.add(socket)
        self._meter.opened("websocket")
        try:
            await websocket.accept()
            self._sessions[session] = socket
            session.open()
            await socket.run()
        finally:
            if not socket.is_attached:
                socket.go()

    def _gone(self, session: Session[S]) -> None:
        del self._sessions[session]
        if not self._sessions:
            self._emptied.set()

    async def _over(self) -> None:
        """Wait until every connection is taken down."""
        while self._sessions:
            self._emptied.clear()
            await self._emptied.wait()


def _handshake(websocket: WebSocket) -> Handshake:
    headers: dict[str, str] = {}
    for name, value in websocket.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    query: dict[str, str] = {}
    for name, value in websocket.query_params.multi_items():
        query.setdefault(name, value)
    return Handshake(
        auth={},
        query=query,
        headers=headers,
        namespace="/",
        address=websocket.client.host if websocket.client else "",
    )


async def _deny(websocket: WebSocket) -> None:
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        await websocket.send_denial_response(PlainTextResponse("The server is shutting down", 503))
    else:
        await websocket.close()
