"""What an HTTP request says that asks for a websocket."""

import pytest

from palaver_runtime.transports.request import Request


def test_nobody_changes_a_request() -> None:
    """The entrance and the application of a listener are asked for the same."""
    request = Request(
        method=b"GET",
        target=b"/",
        version="1.1",
        headers=((b"host", b"a"),),
        secure=False,
        client=("192.0.2.1", 9),
        root_path="",
        asgi_version="3.0",
        state={},
    )
    with pytest.raises(AttributeError):
        request.target = b"/elsewhere"  # type: ignore[misc]
    assert request.target == b"/"
