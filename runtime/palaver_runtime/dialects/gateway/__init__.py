"""The gateway: colon events with acknowledgements on Socket.IO, and REST beside them."""

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site, Surface
from palaver_runtime.dialects._http import Http
from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.dialects._surface import socketio_over_http
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.gateway import codec
from palaver_runtime.dialects.gateway.events import GatewayEvents
from palaver_runtime.dialects.gateway.routes import GatewayRoutes
from palaver_runtime.dialects.gateway.voice import GatewayVoice
from palaver_runtime.transports.socketio import Connection, broadcast
from palaver_wire.gateway import errors, routes, table

DEFAULT_PORT = 4001


def gateway_sockets(core: Core) -> Sockets[Connection[Session]]:
    """Bind the events to their handlers."""
    return Sockets(core, GatewayVoice(), table.bind_events(GatewayEvents(core)), broadcast)


def build(core: Core, site: Site) -> Surface:
    """Bind the handlers to the documents and lay Socket.IO over REST."""
    return socketio_over_http(
        gateway_sockets(core),
        routes.bind_routes(GatewayRoutes(core)),
        Http(core, errors.CATALOGUE, codec.error_body),
        site,
    )
