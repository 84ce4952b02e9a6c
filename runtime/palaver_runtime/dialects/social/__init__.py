"""The social dialect: messages to people on Socket.IO, in a namespace of its own, and REST beside it."""

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site, Surface
from palaver_runtime.dialects._http import Http
from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.dialects._surface import socketio_over_http
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.social import codec
from palaver_runtime.dialects.social.events import SocialEvents
from palaver_runtime.dialects.social.routes import SocialRoutes
from palaver_runtime.dialects.social.voice import SocialVoice
from palaver_runtime.transports.socketio import Connection, broadcast
from palaver_wire.social import errors, routes, table

DEFAULT_PORT = 3000


def social_sockets(core: Core) -> Sockets[Connection[Session]]:
    """Bind the events to their handlers."""
    return Sockets(core, SocialVoice(), table.bind_events(SocialEvents(core)), broadcast, namespace="/messaging")


def build(core: Core, site: Site) -> Surface:
    """Bind the handlers to the documents and lay Socket.IO over REST."""
    return socketio_over_http(
        social_sockets(core),
        routes.bind_routes(SocialRoutes(core)),
        Http(core, errors.CATALOGUE, codec.error_body),
        site,
    )
