"""What one client may take."""

from dataclasses import fields

import pytest

from palaver_runtime.transports.websocket import WebSocketLimits


@pytest.mark.parametrize("name", [each.name for each in fields(WebSocketLimits)])
def test_limit_is_more_than_nothing(name):
    """A limit of nothing is a mistake of the configuration."""
    with pytest.raises(ValueError, match=name):
        WebSocketLimits(**{name: 0})
