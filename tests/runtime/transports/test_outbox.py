"""What waits for one client."""

from palaver_runtime.transports.outbox import Outbox
from palaver_runtime.transports.text_frame import TextFrame

ONE, TWO, THREE = map(TextFrame, ("one", "two", "three"))


def test_frames_leave_in_order():
    """Frames leave one by one or all at once, each only once, in the order in which they came."""
    outbox = Outbox(100)
    for frame in (ONE, TWO, THREE):
        assert outbox.put(frame)
    assert outbox.first() is ONE
    assert outbox.first() is ONE
    outbox.drop()
    assert outbox.take() == [(TWO, None), (THREE, None)]
    assert not outbox
    assert outbox.take() == []


def test_moments_leave_with_their_frames():
    """Since when a client may have a frame comes out with it, one by one or all at once."""
    outbox = Outbox(100)
    outbox.put(ONE, 1.5)
    outbox.put(TWO)
    outbox.put(THREE, 3.5)
    assert outbox.drop() == 1.5
    assert outbox.take() == [(TWO, None), (THREE, 3.5)]


def test_bytes_are_counted():
    """What counts is the size in UTF-8, until a frame is dropped or taken."""
    outbox = Outbox(6)
    assert outbox.put(TextFrame("aa"))
    assert outbox.put(TextFrame("éé"))
    assert outbox.bytes == 6
    assert not outbox.put(TextFrame("x"))
    outbox.drop()
    assert outbox.bytes == 5
    assert outbox.put(TextFrame("y"))
    outbox.take()
    assert outbox.bytes == 0


def test_drop_after_clear():
    """A frame that was being sent when all was forgotten can still be dropped."""
    outbox = Outbox(6)
    outbox.put(TextFrame("a"))
    outbox.clear()
    assert outbox.drop() is None
    assert (bool(outbox), outbox.bytes) == (False, 0)
