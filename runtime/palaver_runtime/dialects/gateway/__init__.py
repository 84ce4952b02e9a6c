"""The gateway: colon events with acknowledgements on Socket.IO, and REST beside them."""

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site, Surface
from palaver_runtime.dialects.gateway.http import GatewayHttp
from palaver_runtime.dialects.gateway.routes import GatewayRoutes
from palaver_runtime.dialects.gateway.sockets import GatewaySockets
from palaver_runtime.transports.http import HttpTransport
from palaver_runtime.transports.socketio import SocketIOTransport
from palaver_wire.gateway import routes

DEFAULT_PORT = 4001


def build(core: Core, site: Site) -> Surface:
    """Bind the handlers to the documents and lay Socket.IO over REST."""
    http = HttpTransport(
        routes.bind_routes(GatewayRoutes(core)),
        GatewayHttp(core),
        allowed_origins=site.allowed_origins,
        max_body_bytes=site.max_body_bytes,
    )
    sockets = GatewaySockets(core)
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
