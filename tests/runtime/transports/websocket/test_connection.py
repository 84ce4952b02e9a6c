"""A connection, as the dialect sees it."""

import pytest
from doubles.sharing import Sharing

from palaver_runtime.transports.text_frame import TextFrame
from palaver_runtime.transports.websocket import Connection, broadcast


class Carrier(Sharing):
    """Records what it is given."""

    def __init__(self) -> None:
        self.calls: list[object] = []

    def enqueue(self, frame: TextFrame) -> None:
        """Record a frame."""
        self.calls.append(frame.text)

    def finish(self, reason: str, error: str | None = None) -> None:
        """Record the end."""
        self.calls.append((reason, error))


def connection() -> tuple[Connection[str], list[object]]:
    """Make a connection; give it, and what its carrier is told."""
    carrier = Carrier()
    return Connection("c1", carrier), carrier.calls


def test_payload_is_the_frame() -> None:
    """The payload is sent as it is; the event's name is for transports that need one."""
    one, calls = connection()
    one.emit("a", {"type": "a", "payload": {"ü": 1}})
    assert calls == ['{"type":"a","payload":{"ü":1}}']


def test_nothing_follows_the_close() -> None:
    """A connection is closed once, with the reason and the error that is why, and then says nothing."""
    one, calls = connection()
    one.close("kicked", "GONE")
    one.close("again")
    one.emit("a", {})
    broadcast([one], "a", {})
    assert calls == [("kicked", "GONE")]
    assert (one.closed, repr(one)) == (True, "<Connection c1 closed>")


def test_nothing_is_sent_to_who_left() -> None:
    """What is sent to a client that is gone is dropped, and closing does nothing."""
    one, calls = connection()
    one.detach()
    one.emit("a", {})
    one.close("kicked")
    assert calls == []


def test_broadcast_encodes_once() -> None:
    """All get the very same text."""
    pairs = [connection() for _ in range(3)]
    pairs[1][0].detach()
    broadcast([one for one, _ in pairs], "a", {"a": "x" * 1_000})
    first, second, third = (calls for _, calls in pairs)
    assert second == []
    assert first[0] is third[0]


def test_what_has_no_json_form_is_refused() -> None:
    """A payload without a JSON form is the dialect's mistake, told at once."""
    one, _ = connection()
    with pytest.raises(TypeError):
        one.emit("a", object())
