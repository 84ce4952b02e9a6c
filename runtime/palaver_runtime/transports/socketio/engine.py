"""The Engine.IO server: the HTTP surface of python-engineio over our own sessions."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import parse_qs

import orjson
from engineio.async_server import AsyncServer  # type: ignore[import-untyped]
from engineio.packet import OPEN, Packet  # type: ignore[import-untyped]
from starlette.types import Receive, Scope, Send

from palaver_runtime.metrics import Meter
from palaver_runtime.transports import reasons
from palaver_runtime.transports.door import Door, Refused, answer, counted_as
from palaver_runtime.transports.gathering import Gathering
from palaver_runtime.transports.origins import Origins
from palaver_runtime.transports.socketio.engine_socket import EngineSocket
from palaver_runtime.transports.socketio.environ import environ_of
from palaver_runtime.transports.socketio.limits import SocketLimits
from palaver_runtime.transports.socketio.session import Opening
from palaver_runtime.transports.text_frame import TextFrame

logger = logging.getLogger(__name__)

# What the library logs at INFO holds frames, and so payloads and tokens. What is ours to know is logged here.
_LIBRARY_LOGGER: Final = logging.getLogger(f"{__name__}.library")
_LIBRARY_LOGGER.setLevel(logging.WARNING)


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
        self._limits = limits
        #: Whose limits are met, and what is said then.
        self.door = door
        self._opened = opened
        self._meter = meter or Meter()
        self._gathering = Gathering(self._meter.delivered)
        self._meter.watch_connections(
            lambda: (("websocket" if each.upgraded else "polling", each.pending_bytes) for each in self._live)
        )
        self._refusing = False
        # Beside the library's own dictionary, which loses a session that is still being taken down.
        self._live: set[EngineSocket] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._origins = Origins(allowed_origins)
        super().__init__(
            async_mode="asgi",
            logger=_LIBRARY_LOGGER,
            monitor_clients=False,
            max_http_buffer_size=limits.max_frame_bytes,
            # The answers to polls hold what others say: their length, compressed, would tell of it.
            http_compression=False,
            # A callable, as an empty list would turn the check off.
            cors_allowed_origins=lambda origin: self._origins.allow([origin]),
        )
        self._async = {**self._async, "translate_request": _as_it_is}

    def refuse_new(self) -> None:
        """Answer every request for a new session with 503 from now on."""
        self._refusing = True

    async def emptied(self) -> None:
        """Return once no session is left."""
        await self._empty.wait()

    def abort_all(self, reason: str) -> None:
        """End every session that is left, whatever is queued for it."""
        for socket in list(self._live):
            socket.abort(reason)

    def _forget(self, socket: EngineSocket) -> None:
        self.sockets.pop(socket.sid, None)
        self._live.discard(socket)
        socket.seat.leave()
        if not self._live:
            self._empty.set()

    async def handle_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, unless its client has gone already."""
        environ = await environ_of(scope, receive, send)
        if environ is not None:
            await super().handle_request(environ)

    async def _handle_connect(
        self,
        environ: dict[str, Any],
        transport: str,
        jsonp_index: int | None = None,
    ) -> Any:
        if environ.get("HTTP_ORIGIN") == "" and not self._origins.allow([""]):
            # The library takes an empty one for none.
            return self._bad_request("The origin is not accepted")
        if self._refusing:
            return {
                "status": "503 SERVICE UNAVAILABLE",
                "headers": [("Content-Type", "text/plain")],
                "response": b"The server is shutting down",
            }
        if transport == "polling" and not self._limits.polling:
            return self._bad_request(
                'This server has several workers and takes WebSocket alone: connect with transports: ["websocket"]'
            )
        opening = _opening(environ)
        try:
            seat = self.door.seat(counted_as(opening.address))
        except Exception as error:
            return await self._turn_away(environ, self.door.refuse(error))
        sid = cast("str", self.generate_id())
        socket = EngineSocket(self, sid, self._limits, self._forget, self._meter, self._gathering)
        socket.seat = seat
        self.sockets[sid] = socket
        self._live.add(socket)
        self._empty.clear()
        greeting = {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": round(self._limits.ping_timeout * 1000),
            "pingInterval": round(self._limits.ping_interval * 1000),
            "maxPayload": self._limits.max_frame_bytes,
        }
        socket.enqueue(TextFrame(Packet(OPEN, greeting).encode()))
        self._meter.opened(transport)
        self._opened(socket, opening)
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
        headers = self._origins.headers(environ.get("HTTP_ORIGIN"))
        if environ["REQUEST_METHOD"] == "OPTIONS":
            prefix = "HTTP_"
            asked = {
                name.removeprefix(prefix).lower().replace("_", "-"): value
                for name, value in environ.items()
                if name.startswith(prefix)
            }
            headers |= self._origins.preflight(asked, "OPTIONS, GET, POST")
        return [*headers.items(), ("cache-control", "no-store")]

    def _log_error_once(self, message: str, message_key: str) -> None:  # noqa: ARG002
        logger.debug("request refused: %s", message_key)


def _as_it_is(environ: dict[str, Any]) -> dict[str, Any]:
    return environ


def _opening(environ: dict[str, Any]) -> Opening:
    scope = environ["asgi.scope"]
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    client = scope.get("client")
    return Opening(
        query={name: values[0] for name, values in query.items()},
        headers=headers,
        address=client[0] if client else "",
    )
