"""What a server bounds before it is too much, switched off."""

import gzip
from collections.abc import Callable, Mapping
from typing import Any

from mutants.mutant import mutant
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from palaver_runtime.services import limits as services
from palaver_runtime.services.capacity import Capacity
from palaver_runtime.services.limits import Limits, Seats
from palaver_runtime.transports import census, threshold
from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.door import Refused
from palaver_runtime.transports.http import application, reading
from palaver_runtime.transports.request import Request
from palaver_runtime.transports.socketio import SocketLimits, engine_socket
from palaver_runtime.transports.socketio.engine import EngineServer


@mutant("limits.handshake.silent", "a connection that never joins to be closed")
def waits_for_ever() -> None:
    """Who never joins stays."""
    engine_socket.EngineSocket.expect_handshake = lambda self: None


@mutant("limits.connection.compression", "no compression without bounds")
def compresses() -> None:
    """An offer of compression is accepted."""
    converse = threshold.converse

    def agreeing(channel: Channel, request: Request, app: ASGIApp) -> None:
        offers = any(name == b"sec-websocket-extensions" for name, _ in request.headers)

        async def compressing(scope: Scope, receive: Receive, send: Send) -> None:
            async def tell(message: Message) -> None:
                if offers and message["type"] == "websocket.accept":
                    agreed = (b"sec-websocket-extensions", b"permessage-deflate")
                    message = {**message, "headers": [*message.get("headers", ()), agreed]}
                await send(message)

            await app(scope, receive, tell)

        converse(channel, request, compressing)

    threshold.converse = agreeing


@mutant("limits.body.compressed", "a compressed body to be refused")
def reads_compressed_bodies() -> None:
    """A body is read for what it says to be."""
    reading._is_compressed = lambda headers: False
    body = reading.read_body

    async def inflating(request: object, limit: int, **named: object) -> bytes:
        stream = request.stream

        async def inflated() -> object:
            async for chunk in stream():
                yield gzip.decompress(chunk) if chunk[:2] == b"\x1f\x8b" else chunk

        request.stream = inflated
        return await body(request, limit, **named)

    application.read_body = inflating


@mutant("limits.event.depth", "a refusal with VALIDATION_ERROR")
def reads_to_any_depth() -> None:
    """Payloads are read however deep they are nested."""
    begin = Capacity.__init__

    def generous(self: Capacity, **named: object) -> None:
        begin(self, **{**named, "depth": 10_000})

    Capacity.__init__ = generous


@mutant("limits.metadata.size", "a refusal with PAYLOAD_TOO_LARGE")
def keeps_metadata_of_any_size() -> None:
    """Metadata are stored however large they are."""

    def any_size(self: Capacity, metadata: Mapping[str, object]) -> None:
        pass

    Capacity.require_metadata = any_size


@mutant("limits.attachments.count", "attachments to end the connection")
def waits_for_any_number_of_attachments() -> None:
    """Attachments are waited for however many they are."""
    begin = SocketLimits.__init__

    def generous(self: SocketLimits, **named: object) -> None:
        begin(self, **{**named, "max_attachments": 10_000})

    SocketLimits.__init__ = generous


@mutant("limits.headers.size", "bytes to be refused")
def reads_headers_of_any_size() -> None:
    """Headers are read to their end."""
    begin = census.ListenerLimits.__init__

    def generous(self: census.ListenerLimits, **named: object) -> None:
        begin(self, **{**named, "max_header_bytes": 10_000_000})

    census.ListenerLimits.__init__ = generous


@mutant("limits.kinds.rate", "a limit within")
def limits_no_kind_by_itself() -> None:
    """Requests of one kind count as any others."""

    async def uncounted(self: Limits, user_id: str, means: str) -> None:
        pass

    Limits.kind = uncounted


@mutant("limits.connections.address", "of one address to be refused")
def seats_everybody() -> None:
    """Connections of an address are not counted."""

    def seat(self: Seats, address: str) -> Callable[[], None]:
        return lambda: None

    Seats.take = seat


@mutant("limits.connections.address", "the code CONNECTION_ERROR")
def turns_away_for_the_wrong_reason() -> None:
    """An address with too many connections is said to have done something else."""

    def invalid(message: str) -> Exception:
        return services.RateLimited(message, 1.0)

    services.ConnectionRefused = invalid


@mutant("limits.connections.address", "the status of the refusals")
def blames_itself_for_too_many_connections() -> None:
    """An address with too many connections gets the status of a server that has failed."""
    turn_away = EngineServer._turn_away

    async def failed(environ: dict[str, Any], refused: Refused) -> Any:
        return await turn_away(environ, (500, *refused[1:]))

    EngineServer._turn_away = staticmethod(failed)
