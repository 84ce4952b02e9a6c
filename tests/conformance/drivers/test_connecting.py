"""The driver that a handshake takes."""

from samples import contract, tagged_bundle

from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.drivers.connecting import connection_for
from palaver_conformance.drivers.socketio import Listener, SocketConnection
from palaver_conformance.drivers.websocket import WebSocketConnection
from palaver_conformance.evidence.trace import Trace


def _nothing(*_: object) -> None:
    """Hear nothing."""


async def test_socketio_is_spoken_where_the_documents_say_so() -> None:
    """A handshake without a tag is Socket.IO's."""
    handshake = contract().handshake
    assert handshake is not None
    found = connection_for(handshake, Trace().wire("ann"), Listener(_nothing, _nothing, _nothing))
    assert isinstance(found, SocketConnection)


async def test_frames_that_name_themselves_go_over_a_bare_websocket() -> None:
    """A handshake with a tag is that of a bare WebSocket."""
    handshake = read_bundle(tagged_bundle()).handshake
    assert handshake is not None
    found = connection_for(handshake, Trace().wire("ann"), Listener(_nothing, _nothing, _nothing))
    assert isinstance(found, WebSocketConnection)
