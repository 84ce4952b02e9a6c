"""The envelope: frames with a type and a payload over a raw WebSocket, and REST under /api/v1/chat."""

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site, Surface
from palaver_runtime.dialects._door import door, limited_routes
from palaver_runtime.dialects._http import Http
from palaver_runtime.dialects.envelope import codec
from palaver_runtime.dialects.envelope.routes import EnvelopeRoutes
from palaver_runtime.dialects.envelope.sockets import EnvelopeSockets
from palaver_runtime.transports.http import HttpTransport
from palaver_runtime.transports.websocket import WebSocketTransport
from palaver_wire.envelope import errors, routes

DEFAULT_PORT = 3000


def close_code(error: str) -> int:
    """Give the close code that follows an error about the connection: 4000 and the HTTP status of its code."""
    return 4000 + errors.CATALOGUE[errors.ErrorCode(error)].status


def build(core: Core, site: Site) -> Surface:
    """Bind the handlers to the documents and lay the WebSocket over REST."""
    http = Http(core, errors.CATALOGUE, codec.error_body)
    rest = HttpTransport(
        limited_routes(core, routes.bind_routes(EnvelopeRoutes(core))),
        http,
        allowed_origins=site.allowed_origins,
        max_body_bytes=site.max_body_bytes,
        max_depth=core.capacity.depth,
        meter=core.meter,
    )
    sockets = EnvelopeSockets(core)
    transport = WebSocketTransport(
        sockets,
        path="/ws",
        tag="/type",
        close_code=close_code,
        allowed_origins=site.allowed_origins,
        limits=site.websockets,
        meter=core.meter,
        fallback=rest.app,
        door=door(core, site, http),
    )

    async def close() -> None:
        await transport.close(site.shutdown_seconds)
        await sockets.close()

    return Surface(app=transport.app, close=close)
