"""Socket.IO laid over REST, as most dialects are served."""

from collections.abc import Sequence

from palaver_runtime.dialects import Site, Surface
from palaver_runtime.dialects._http import Http
from palaver_runtime.dialects._sockets import Session, Sockets
from palaver_runtime.domain.values import Caller
from palaver_runtime.transports.http import HttpTransport
from palaver_runtime.transports.socketio import Connection, SocketIOTransport
from palaver_wire.contract import BoundRoute


def socketio_over_http(
    sockets: Sockets[Connection[Session]], routes: Sequence[BoundRoute[Caller]], http: Http, site: Site
) -> Surface:
    """Serve connections at the path of Socket.IO, and requests everywhere else."""
    rest = HttpTransport(routes, http, allowed_origins=site.allowed_origins, max_body_bytes=site.max_body_bytes)
    transport = SocketIOTransport(
        sockets,
        path="/socket.io",
        allowed_origins=site.allowed_origins,
        limits=site.sockets,
        fallback=rest.app,
    )

    async def close() -> None:
        await transport.close(site.shutdown_seconds)
        await sockets.close()

    return Surface(app=transport.app, close=close)
