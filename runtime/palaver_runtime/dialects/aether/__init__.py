"""Aether: events with underscores on Socket.IO that answer one another, and gRPC beside them."""

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site, Surface
from palaver_runtime.dialects._calls import Calls
from palaver_runtime.dialects._door import limited_calls, plain_door
from palaver_runtime.dialects.aether.calls import AetherCalls
from palaver_runtime.dialects.aether.sockets import AetherSockets
from palaver_runtime.domain.values import Caller
from palaver_runtime.transports.grpc import GrpcServer
from palaver_runtime.transports.socketio import SocketIOTransport
from palaver_wire.aether import calls, errors

DEFAULT_PORT = 3002
DEFAULT_GRPC_PORT = 50002


def aether_calls(core: Core, site: Site) -> GrpcServer[Caller]:
    """Bind the calls to their handlers."""
    return GrpcServer(
        limited_calls(core, calls.bind_calls(AetherCalls(core))),
        Calls(core, errors.CATALOGUE, calls.METADATA),
        calls.descriptors(),
        code_name=calls.METADATA.code,
        max_request_bytes=site.max_body_bytes,
        max_metadata_bytes=site.max_header_bytes,
        proxies=site.proxies,
        admit=core.limits.address,
        fairness=core.fairness,
        meter=core.meter,
    )


def build(core: Core, site: Site) -> Surface:
    """Bind the handlers to the documents: Socket.IO, and gRPC on a port of its own."""
    sockets = AetherSockets(core)
    transport = SocketIOTransport(
        sockets,
        path="/socket.io",
        allowed_origins=site.allowed_origins,
        limits=site.sockets,
        door=plain_door(core, site, errors.CATALOGUE),
        meter=core.meter,
    )

    async def close() -> None:
        await transport.close(site.shutdown_seconds)
        await sockets.close()

    return Surface(app=transport.app, close=close, calls=aether_calls(core, site))
