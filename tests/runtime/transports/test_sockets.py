"""What passes between a transport of sockets and a dialect."""

from palaver_runtime.transports.sockets import NO_ACK, Handshake


def test_handshake_hides_credentials():
    """A handshake in a log line shows no place where a token can be."""
    handshake = Handshake({"token": "SECRET"}, {"token": "SECRET"}, {"authorization": "SECRET"}, "/chat", "::1")
    assert "SECRET" not in repr(handshake)
    assert "/chat" in repr(handshake)


def test_no_acknowledgement_is_not_none():
    """None is an acknowledgement without arguments, NO_ACK is none at all."""
    assert NO_ACK is not None
    assert repr(NO_ACK).startswith("<_NoAck.NO_ACK")
