"""Raw WebSocket: JSON in text frames, ordered, bounded, and ignorant of what is said."""

from palaver_runtime.transports.websocket.connection import Connection, broadcast
from palaver_runtime.transports.websocket.limits import WebSocketLimits
from palaver_runtime.transports.websocket.transport import WebSocketTransport

__all__ = ["Connection", "WebSocketLimits", "WebSocketTransport", "broadcast"]
