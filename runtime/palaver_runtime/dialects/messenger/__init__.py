"""The messenger: delivery confirmations and read receipts on Socket.IO, conversations over REST."""

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site, Surface
from palaver_runtime.dialects._http import Http
from palaver_runtime.dialects._surface import socketio_over_http
from palaver_runtime.dialects.messenger import codec
from palaver_runtime.dialects.messenger.routes import MessengerRoutes
from palaver_runtime.dialects.messenger.sockets import MessengerSockets
from palaver_wire.messenger import errors, routes

DEFAULT_PORT = 3000


def build(core: Core, site: Site) -> Surface:
    """Bind the handlers to the documents and lay Socket.IO over REST."""
    return socketio_over_http(
        MessengerSockets(core),
        routes.bind_routes(MessengerRoutes(core)),
        Http(core, errors.CATALOGUE, codec.refusal),
        site,
    )
