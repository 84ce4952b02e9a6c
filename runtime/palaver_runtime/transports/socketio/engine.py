"""The Engine.IO server: the HTTP surface of python-engineio over our own sessions."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final

import orjson
from engineio.async_server import AsyncServer  # type: ignore[import-untyped]
from starlette.types import Receive, Scope, Send

from palaver_runtime.metrics import Meter
from palaver_runtime.transports import CHANNEL_EXTENSION, reasons
from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.door import Door, Refused, Seat, answer, counted_as
from palaver_runtime.transports.gathering import Gathering
from palaver_runtime.transports.heartbeat import Pulse
from palaver_runtime.transports.origins import Origins
from palaver_runtime.transports.request import Request
from palaver_runtime.transports.rfc6455 import handshake
from palaver_runtime.transports.rfc6455.handshake import accept_key
from palaver_runtime.transports.socketio.engine_socket import EngineSocket
from palaver_runtime.transports.socketio.environ import environ_of
from palaver_runtime.transports.socketio.limits import SocketLimits
from palaver_runtime.transports.socketio.openings import PLAIN, first_values, new_id, read_headers, read_query
from palaver_runtime.transports.socketio.session import Opening
from palaver_runtime.transports.text_frame import TextFrame
from palaver_runtime.transports.timers import Timers

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
    session has its own timers. A session that a websocket of our own listener opens, as nearly all do, is begun without
    the library, which takes longer for it than all that follows.
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
        # Once, and not for each session.
        self._gone = self._forget
        self._meter = meter or Meter()
        self._gathering = Gathering(self._meter.delivered)
        self._pulse = Pulse(limits.ping_interval, limits.ping_timeout)
        self._handshakes = Timers(limits.handshake_timeout)
        self._meter.watch_connections(
            lambda: (("websocket" if each.upgraded else "polling", each.pending_bytes) for each in self._live)
        )
        self._refusing = False
        # Beside the library's own dictionary, which loses a session that is still being taken down.
        self._live: set[EngineSocket] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._origins = Origins(allowed_origins)
        self._terms = (
            f'"pingTimeout":{round(limits.ping_timeout * 1000)},"pingInterval":{round(limits.ping_interval * 1000)},'
            f'"maxPayload":{limits.max_frame_bytes}'
        )
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

    def enter(self, path: bytes, channel: Channel, request: Request) -> bool:
        """Open a session by a websocket of our own listener at once; False, and nothing done, where that cannot be."""
        place, _, query = request.target.partition(b"?")
        if self._refusing or place != path or query not in PLAIN or not self._origins.allow(_origins(request.headers)):
            return False
        try:
            key = accept_key(request.method, request.version, request.headers)
        except handshake.Refused:
            return False
        began = perf_counter()
        address = self.door.address(request.client[0] if request.client else "", request.headers)
        counted = counted_as(address)
        account = self.door.let_in_at_once(counted)
        if account is None:
            return False
        opening = _opening(address, request.headers, read_query(query))
        socket = self._begun("websocket", self.door.seat(counted))
        channel.accept(key, (), self._welcome(socket, "").wire)
        socket.carried_by(channel)
        self._opened(socket, opening)
        account.charge(perf_counter() - began)
        return True

    async def handle_request(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Answer a request, unless its client has gone already."""
        extension: Mapping[str, Callable[..., None]] | None = (scope.get("extensions") or {}).get(CHANNEL_EXTENSION)
        if extension is None or self._refusing or not self._origins.allow(_origins(scope["headers"])):
            return await self._by_the_library(scope, receive, send)
        query = read_query(scope["query_string"])
        if (query.get("EIO"), query.get("transport")) != _OPENS or not query.keys().isdisjoint(_OTHERWISE):
            return await self._by_the_library(scope, receive, send)
        if (await receive())["type"] != "websocket.connect":
            return None
        opening = _opening(_client(scope), scope["headers"], query)
        seat = self._seat(opening)
        if isinstance(seat, tuple):
            return await self._turn_away({"asgi.scope": scope, "asgi.send": send}, seat)
        socket = self._begin(opening, seat, "websocket")
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
        scope: Scope = environ["asgi.scope"]
        opening = _opening(_client(scope), scope["headers"], read_query(scope["query_string"]))
        seat = self._seat(opening)
        if isinstance(seat, tuple):
            return await self._turn_away(environ, seat)
        socket = self._begin(opening, seat, transport)
        if transport == "websocket":
            try:
                return await socket.handle_get_request(environ)
            finally:
                # Also when the client left before the websocket was accepted.
                if not socket.is_attached:
                    socket.abort(reasons.TRANSPORT_CLOSE, by_server=False)
        socket.connected = True
        return self._ok(await socket.poll(environ["asgi.receive"]), jsonp_index=jsonp_index)

    def _seat(self, opening: Opening) -> Seat | Refused:
        """Take a seat for a session, or say why there is none."""
        try:
            return self.door.seat(counted_as(opening.address))
        except Exception as error:
            return self.door.refuse(error)

    def _begin(self, opening: Opening, seat: Seat, transport: str) -> EngineSocket:
        socket = self._begun(transport, seat)
        socket.enqueue(self._welcome(socket, '"websocket"' if transport == "polling" else ""))
        self._opened(socket, opening)
        return socket

    def _begun(self, transport: str, seat: Seat) -> EngineSocket:
        sid = new_id()
        socket = EngineSocket(
            self, sid, self._limits, self._gone, self._meter, self._gathering, self._pulse, self._handshakes
        )
        socket.seat = seat
        self.sockets[sid] = socket
        self._live.add(socket)
        self._empty.clear()
        self._meter.opened(transport)
        return socket

    def _welcome(self, socket: EngineSocket, upgrades: str) -> TextFrame:
        return TextFrame(f'0{{"sid":"{socket.sid}","upgrades":[{upgrades}],{self._terms}}}')

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


def _origins(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    return [value.decode("latin-1") for name, value in headers if name == b"origin"]


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _opening(address: str, headers: Iterable[tuple[bytes, bytes]], query: Mapping[str, list[str]]) -> Opening:
    return Opening(query=first_values(query), headers=read_headers(headers), address=address)
