"""The driver that a handshake takes."""

from samples import contract

from palaver_conformance.drivers.connecting import connection_for
from palaver_conformance.drivers.socketio import Listener, SocketConnection
from palaver_conformance.trace import Trace


def _nothing(*_: object) -> None:
    """Hear nothing."""


async def test_socketio_is_spoken_where_the_documents_say_so() -> None:
    """A handshake without a tag is Socket.IO's."""
    handshake = contract().handshake
    assert handshake is not None
    found = connection_for(handshake, Trace().wire("ann"), Listener(_nothing, _nothing, _nothing))
    assert isinstance(found, SocketConnection)
