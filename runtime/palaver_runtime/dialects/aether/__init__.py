"""Aether: events with underscores on Socket.IO that answer one another, and gRPC beside them."""

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site, Surface
from palaver_runtime.dialects.aether.sockets import AetherSockets
from palaver_runtime.transports.socketio import SocketIOTransport

DEFAULT_PORT = 3002


def build(core: Core, site: Site) -> Surface:
    """Bind the handlers to the documents."""
    sockets = AetherSockets(core)
    transport = SocketIOTransport(
        sockets,
        path="/socket.io",
        allowed_origins=site.allowed_origins,
        limits=site.sockets,
    )

    async def close() -> None:
        await transport.close(site.shutdown_seconds)
        await sockets.close()

    return Surface(app=transport.app, close=close)
