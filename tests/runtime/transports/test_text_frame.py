"""A text for clients."""

import pytest

from palaver_runtime.transports.text_frame import TextFrame


@pytest.mark.parametrize("text", ["", "2", "ä😀", "x" * 70_000])
def test_frame_is_made_once(text: str) -> None:
    """The text, its size in UTF-8, and the bytes of its frame, which are the same for everybody."""
    frame = TextFrame(text)
    assert (frame.text, frame.size) == (text, len(text.encode()))
    assert frame.wire.endswith(text.encode())
    assert frame.wire[0] == 0x81
    assert frame.wire is frame.wire
    assert text not in repr(frame) or len(text) < 2
