"""Socket.IO laid over REST, as most dialects are served."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias, TypeVar

from starlette.types import ASGIApp

from palaver_runtime.dialects import Site, Surface
from palaver_runtime.dialects._door import door, limited_routes, plain_door
from palaver_runtime.dialects._http import Http
from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.dialects._voice import Session
from palaver_runtime.domain.values import Caller
from palaver_runtime.transports.door import Door
from palaver_runtime.transports.http import HttpTransport
from palaver_runtime.transports.socketio import Connection, SocketIOTransport
from palaver_wire.contract import BoundEvent, BoundRoute, ErrorSpec

E = TypeVar("E", bound=StrEnum)

BoundEvents: TypeAlias = Mapping[str, BoundEvent[Session]]
"""What the generated `bind_events` gives."""

BoundRoutes: TypeAlias = Sequence[BoundRoute[Caller]]
"""What the generated `bind_routes` gives."""


def socketio_over_http(sockets: Sockets[Connection[Session]], routes: BoundRoutes, http: Http, site: Site) -> Surface:
    """Serve connections at the path of Socket.IO, and requests everywhere else."""
    core = sockets.core
    rest = HttpTransport(
        limited_routes(core, routes),
        http,
        allowed_origins=site.allowed_origins,
        max_body_bytes=site.max_body_bytes,
        max_depth=core.capacity.depth,
        meter=core.meter,
    )
    return _surface(sockets, site, door(core, site, http), rest.app)


def socketio_alone(
    sockets: Sockets[Connection[Session]], site: Site, catalogue: Mapping[E, ErrorSpec] | None = None
) -> Surface:
    """Serve connections at the path of Socket.IO, and nothing else; `catalogue` has the statuses of its codes."""
    return _surface(sockets, site, plain_door(sockets.core, site, catalogue or {}), None)


def _surface(sockets: Sockets[Connection[Session]], site: Site, entrance: Door, fallback: ASGIApp | None) -> Surface:
    transport = SocketIOTransport(
        sockets,
        path="/socket.io",
        allowed_origins=site.allowed_origins,
        limits=site.sockets,
        meter=sockets.meter,
        fallback=fallback,
        door=entrance,
    )

    async def close() -> None:
        await transport.close(site.shutdown_seconds)
        await sockets.close()

    return Surface(app=transport.app, close=close)
