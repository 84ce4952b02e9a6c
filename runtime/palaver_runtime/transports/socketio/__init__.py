"""Socket.IO, protocol 5, over python-engineio: ordered, bounded, and ignorant of what is said."""

from palaver_runtime.transports.socketio.connection import Connection, broadcast
from palaver_runtime.transports.socketio.limits import SocketLimits
from palaver_runtime.transports.socketio.session import SocketIODialect
from palaver_runtime.transports.socketio.transport import SocketIOTransport

__all__ = ["Connection", "SocketIODialect", "SocketIOTransport", "SocketLimits", "broadcast"]
