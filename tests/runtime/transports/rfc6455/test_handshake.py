"""The opening handshake."""

import pytest

from palaver_runtime.transports.rfc6455.handshake import Refused, accept_key

GOOD = {
    b"host": [b"a"],
    b"upgrade": [b"websocket"],
    b"connection": [b"Upgrade"],
    b"sec-websocket-version": [b"13"],
    b"sec-websocket-key": [b"dGhlIHNhbXBsZSBub25jZQ=="],
}


def opened(changes: dict[bytes, list[bytes]], method: bytes = b"GET", version: str = "1.1") -> bytes:
    """Shake hands with some headers changed."""
    headers = [(name, value) for name, values in {**GOOD, **changes}.items() for value in values]
    return accept_key(method, version, headers)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {b"connection": [b"keep-alive, Upgrade"]},
        {b"connection": [b"keep-alive", b"upgrade"]},
        {b"upgrade": [b"WebSocket"]},
        {b"sec-websocket-extensions": [b"permessage-deflate"], b"sec-websocket-protocol": [b"chat"]},
    ],
)
def test_key_is_answered_as_in_the_rfc(changes: dict[bytes, list[bytes]]) -> None:
    """RFC 6455, section 1.3, has this example."""
    assert opened(changes) == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({b"connection": []}, 426, {b"upgrade": b"websocket"}),
        ({b"connection": [b"close"]}, 426, {b"upgrade": b"websocket"}),
        ({b"connection": [b"upgraded"]}, 426, {b"upgrade": b"websocket"}),
        ({b"upgrade": []}, 426, {b"upgrade": b"websocket"}),
        ({b"upgrade": [b"h2c"]}, 426, {b"upgrade": b"websocket"}),
        ({b"upgrade": [b"h2c, websocket"]}, 426, {b"upgrade": b"websocket"}),
        ({b"sec-websocket-version": []}, 400, {b"sec-websocket-version": b"13"}),
        ({b"sec-websocket-version": [b"8"]}, 400, {b"sec-websocket-version": b"13"}),
        ({b"sec-websocket-version": [b"13", b"13"]}, 400, {b"sec-websocket-version": b"13"}),
        ({b"sec-websocket-key": []}, 400, {}),
        ({b"sec-websocket-key": [b"dGhlIHNhbXBsZSBub25jZQ=="] * 2}, 400, {}),
        ({b"sec-websocket-key": [b"dGhlIHNhbXBsZSBub25jZQ"]}, 400, {}),
        ({b"sec-websocket-key": [b"c2hvcnQ="]}, 400, {}),
        ({b"sec-websocket-key": [b"dGhlIHNhbXBsZSBub25jZ\xff=="]}, 400, {}),
        ({b"sec-websocket-key": [b"dGhlIHNhbXBsZSBub25jZQ== "]}, 400, {}),
    ],
)
def test_what_is_no_handshake_is_refused(changes, status: int, told) -> None:
    """The status, and the header that says what would do."""
    with pytest.raises(Refused) as caught:
        opened(changes)
    assert (caught.value.status, caught.value.headers) == (status, told)
    assert str(caught.value)


@pytest.mark.parametrize(("method", "version", "status"), [(b"POST", "1.1", 405), (b"GET", "1.0", 400)])
def test_only_get_of_http_1_1_opens_one(method: bytes, version: str, status: int) -> None:
    """As the RFC has it."""
    with pytest.raises(Refused) as caught:
        opened({}, method, version)
    assert caught.value.status == status
