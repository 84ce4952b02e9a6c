"""The transports over which events go."""

from __future__ import annotations

from palaver_client.connections.connection import Connection, Listener
from palaver_client.connections.socketio import SocketIoConnection
from palaver_client.connections.websocket import WebSocketConnection
from palaver_wire.client import Socket

__all__ = ["Connection", "Listener", "connection"]


def connection(url: str, socket: Socket, listener: Listener) -> Connection:
    """Return a connection of the transport that the documents name; it is not open yet."""
    return (WebSocketConnection if socket.tag else SocketIoConnection)(url, socket, listener)
