"""The limits of a client."""

from dataclasses import fields

import pytest

from palaver_runtime.transports.socketio import SocketLimits


@pytest.mark.parametrize("name", [field.name for field in fields(SocketLimits)])
def test_limits_are_positive(name):
    """Zero would mean "none at all" to one reader and "no limit" to another: it is refused."""
    with pytest.raises(ValueError, match=name):
        SocketLimits(**{name: 0})


def test_event_fits_into_a_frame():
    """An event limit above the frame limit would never be met."""
    with pytest.raises(ValueError, match="a frame holds an event"):
        SocketLimits(max_event_bytes=11, max_frame_bytes=10)
