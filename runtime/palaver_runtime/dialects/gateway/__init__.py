"""The gateway: colon events with acknowledgements on Socket.IO, and REST beside them."""

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site, Surface
from palaver_runtime.dialects._http import Http
from palaver_runtime.dialects._sockets import Session, Sockets
from palaver_runtime.dialects.gateway import codec
from palaver_runtime.dialects.gateway.events import GatewayEvents
from palaver_runtime.dialects.gateway.routes import GatewayRoutes
from palaver_runtime.dialects.gateway.voice import GatewayVoice
from palaver_runtime.transports.http import HttpTransport
from palaver_runtime.transports.socketio import Connection, SocketIOTransport, broadcast
from palaver_wire.gateway import errors, routes, table

DEFAULT_PORT = 4001


def gateway_sockets(core: Core) -> Sockets[Connection[Session]]:
    """Bind the events to their handlers."""
    return Sockets(core, GatewayVoice(), table.bind_events(GatewayEvents(core)), broadcast)


def build(core: Core, site: Site) -> Surface:
    """Bind the handlers to the documents and lay Socket.IO over REST."""
    http = HttpTransport(
        routes.bind_routes(GatewayRoutes(core)),
        Http(core, errors.CATALOGUE, codec.error_body),
        allowed_origins=site.allowed_origins,
        max_body_bytes=site.max_body_bytes,
    )
    sockets = gateway_sockets(core)
    transport = SocketIOTransport(
        sockets,
        path="/socket.io",
        allowed_origins=site.allowed_origins,
        limits=site.sockets,
        fallback=http.app,
    )

    async def close() -> None:
        await transport.close(site.shutdown_seconds)
        await sockets.close()

    return Surface(app=transport.app, close=close)
