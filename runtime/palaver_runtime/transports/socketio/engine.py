"""The Engine.IO server: the HTTP surface of python-engineio over our own sessions."""

import logging
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from engineio.async_server import AsyncServer  # type: ignore[import-untyped]
from starlette.types import Receive, Scope, Send

from palaver_runtime.metrics import Meter
from palaver_runtime.transports import CHANNEL_EXTENSION, reasons
from palaver_runtime.transports.door import Door, Refused, answer
from palaver_runtime.transports.socketio.engine_sessions import EngineSessions, opening_of
from palaver_runtime.transports.socketio.engine_socket import EngineSocket
from palaver_runtime.transports.socketio.environ import environ_of
from palaver_runtime.transports.socketio.limits import SocketLimits
from palaver_runtime.transports.socketio.openings import read_query
from palaver_runtime.transports.socketio.session import Opening

logger = logging.getLogger(__name__)

# What the library logs at INFO holds frames, and so payloads and tokens. What is ours to know is logged here.
_LIBRARY_LOGGER: Final = logging.getLogger(f"{__name__}.library")
_LIBRARY_LOGGER.setLevel(logging.WARNING)

_OPENS: Final = (["4"], ["websocket"])
"""The version and the transport that a query asks for where a websocket opens a session."""

_OTHERWISE: Final = frozenset({"sid", "j"})
"""What a query has where more is asked for than a new session."""


class EngineServer(AsyncServer):  # type: ignore[misc]
    """python-engineio's request handling, with EngineSocket as its sessions.

    Overrides private methods of python-engineio 4.15 (pinned in pyproject.toml): _handle_connect
    (the original builds its own socket class and loses a session whose websocket handshake fails),
    _cors_headers and _log_error_once (which logs what strangers put in a URL). The service task is off: each
    session has its own timers.
    """

    _async: dict[str, Any]

    def __init__(
        self,
        limits: SocketLimits,
        allowed_origins: Iterable[str],
        opened: Callable[[EngineSocket, Opening], None],
        door: Door,
        meter: Meter | None = None,
    ) -> None:
        self._polling = limits.polling
        #: Those that there are, and how they begin.
        self.sessions = EngineSessions(self, limits, allowed_origins, opened, door, meter or Meter())
        super().__init__(
            async_mode="asgi",
            logger=_LIBRARY_LOGGER,
            monitor_clients=False,
            max_http_buffer_size=limits.max_frame_bytes,
            # The answers to polls hold what others say: their length, compressed, would tell of it.
            http_compression=False,
            # A callable, as an empty list would turn the check off.
            cors_allowed_origins=lambda origin: self.sessions.origins.allow([origin]),
        )
        self.sockets = self.sessions.by_id
        self._async = {**self._async, "translate_request": _as_it_is}

    async def handle_request(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Answer a request, unless its client has gone already."""
        extension: Mapping[str, Callable[..., None]] | None = (scope.get("extensions") or {}).get(CHANNEL_EXTENSION)
        if extension is None or self.sessions.refusing or not self.sessions.allows(scope["headers"]):
            return await self._by_the_library(scope, receive, send)
        query = read_query(scope["query_string"])
        if (query.get("EIO"), query.get("transport")) != _OPENS or not query.keys().isdisjoint(_OTHERWISE):
            return await self._by_the_library(scope, receive, send)
        if (await receive())["type"] != "websocket.connect":
            return None
        opening = opening_of(_client(scope), scope["headers"], query)
        seat = self.sessions.seat(opening)
        if isinstance(seat, tuple):
            return await self._turn_away({"asgi.scope": scope, "asgi.send": send}, seat)
        socket = self.sessions.begin(opening, seat, "websocket")
        try:
            return await socket.take(extension, send)
        finally:
            # Also when the client left before the websocket was accepted.
            if not socket.is_attached:
                socket.abort(reasons.TRANSPORT_CLOSE, by_server=False)

    async def _by_the_library(self, scope: Scope, receive: Receive, send: Send) -> Any:
        environ = await environ_of(scope, receive, send)
        return None if environ is None else await super().handle_request(environ)

    async def _handle_connect(
        self,
        environ: dict[str, Any],
        transport: str,
        jsonp_index: int | None = None,
    ) -> Any:
        if environ.get("HTTP_ORIGIN") == "" and not self.sessions.origins.allow([""]):
            # The library takes an empty one for none.
            return self._bad_request("The origin is not accepted")
        if self.sessions.refusing:
            return {
                "status": "503 SERVICE UNAVAILABLE",
                "headers": [("Content-Type", "text/plain")],
                "response": b"The server is shutting down",
            }
        if transport == "polling" and not self._polling:
            return self._bad_request(
                'This server has several workers and takes WebSocket alone: connect with transports: ["websocket"]'
            )
        scope: Scope = environ["asgi.scope"]
        opening = opening_of(_client(scope), scope["headers"], read_query(scope["query_string"]))
        seat = self.sessions.seat(opening)
        if isinstance(seat, tuple):
            return await self._turn_away(environ, seat)
        socket = self.sessions.begin(opening, seat, transport)
        if transport == "websocket":
            try:
                return await socket.handle_get_request(environ)
            finally:
                # Also when the client left before the websocket was accepted.
                if not socket.is_attached:
                    socket.abort(reasons.TRANSPORT_CLOSE, by_server=False)
        socket.connected = True
        return self._ok(await socket.poll(environ["asgi.receive"]), jsonp_index=jsonp_index)

    @staticmethod
    async def _turn_away(environ: dict[str, Any], refused: Refused) -> Any:
        status, body, headers = refused
        if environ["asgi.scope"]["type"] == "websocket":
            await answer(environ["asgi.scope"], environ["asgi.send"], refused)
            return ""  # it is answered
        return {
            "status": f"{status} {HTTPStatus(status).phrase.upper()}",
            "headers": [("Content-Type", "application/json"), *headers.items()],
            "response": orjson.dumps(body),
        }

    def _cors_headers(self, environ: dict[str, Any]) -> list[tuple[str, str]]:
        headers = self.sessions.origins.headers(environ.get("HTTP_ORIGIN"))
        if environ["REQUEST_METHOD"] == "OPTIONS":
            prefix = "HTTP_"
            asked = {
                name.removeprefix(prefix).lower().replace("_", "-"): value
                for name, value in environ.items()
                if name.startswith(prefix)
            }
            headers |= self.sessions.origins.preflight(asked, "OPTIONS, GET, POST")
        return [*headers.items(), ("cache-control", "no-store")]

    def _log_error_once(self, message: str, message_key: str) -> None:  # noqa: ARG002
        logger.debug("request refused: %s", message_key)


def _as_it_is(environ: dict[str, Any]) -> dict[str, Any]:
    return environ


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""
