"""What every transport does alike."""

import inspect

import pytest

from palaver_client.connections import Connection, Listener, connection
from palaver_client.connections.socketio import SocketIoConnection
from palaver_client.connections.websocket import WebSocketConnection
from palaver_wire.envelope.client import DIALECT as FRAMES
from palaver_wire.gateway.client import DIALECT as EVENTS


@pytest.mark.parametrize("kind", [SocketIoConnection, WebSocketConnection])
def test_transport_has_all_that_is_asked_of_it(kind: type) -> None:
    """Under the same names, with the same parameters."""
    for name in ("open", "send", "close"):
        assert inspect.signature(getattr(kind, name)) == inspect.signature(getattr(Connection, name))


async def test_transport_is_that_of_the_documents() -> None:
    """Frames have a tag, Socket.IO has none."""
    listener = Listener(lambda _, __: None, lambda _: None)
    assert EVENTS.socket is not None
    assert FRAMES.socket is not None
    assert isinstance(connection("http://server.test", EVENTS.socket, listener), SocketIoConnection)
    assert isinstance(connection("http://server.test", FRAMES.socket, listener), WebSocketConnection)
