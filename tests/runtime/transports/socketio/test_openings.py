"""What the requests that open sessions say."""

import re

import pytest

from palaver_runtime.transports.socketio.openings import first_values, new_id, read_headers, read_query

HANDSHAKE = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"sec-websocket-version", b"13")]


def request(*headers: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """Give the headers of a request of a websocket; each has a key of its own."""
    key = str(id(headers)).encode()
    return [*headers, *HANDSHAKE, (b"sec-websocket-key", key)]


@pytest.mark.parametrize("query", [b"EIO=4&transport=websocket", b"transport=websocket&EIO=4"])
def test_plain_query_is_kept_once(query: bytes) -> None:
    """It has what any parser finds in it."""
    found = [read_query(query) for _ in range(2)]
    assert found[0] is found[1]
    assert found[0] == {"EIO": ["4"], "transport": ["websocket"]}
    assert first_values(found[0]) is first_values(found[1])
    assert first_values(found[0]) == {"EIO": "4", "transport": "websocket"}


def test_any_other_query_is_read() -> None:
    """Of repeated parameters the first counts; blank ones and what is no UTF-8 stay."""
    found = read_query(b"EIO=4&transport=websocket&token=a%20b&token=c&x=&y=%ff")
    assert first_values(found) == {"EIO": "4", "transport": "websocket", "token": "a b", "x": "", "y": "\ufffd"}


def test_headers_of_like_clients_are_kept_once() -> None:
    """Without those of the handshake itself."""
    headers = [(b"host", b"chat.example"), (b"user-agent", b"one/1")]
    found = [read_headers(request(*headers)) for _ in range(2)]
    assert found[0] is found[1]
    assert found[0] == {"host": "chat.example", "user-agent": "one/1"}
    assert read_headers(request(headers[0], (b"user-agent", b"two/2")))["user-agent"] == "two/2"


@pytest.mark.parametrize(
    "name", [b"authorization", b"cookie", b"sec-websocket-protocol", b"x-forwarded-for", b"x-mine"]
)
def test_what_may_tell_who_somebody_is_is_not_kept(name: bytes) -> None:
    """It is there for the one session, and gone with it."""
    headers = [(b"host", b"chat.example"), (name, b"Bearer h"), (name, b"b")]
    found = [read_headers(request(*headers)) for _ in range(2)]
    assert found[0] is not found[1]
    assert found[0] == found[1] == {"host": "chat.example", name.decode(): "Bearer h, b"}


def test_what_is_long_is_not_kept() -> None:
    """Whoever makes up hosts fills no memory with them."""
    found = [read_headers(request((b"host", b"x" * 1_100))) for _ in range(2)]
    assert found[0] is not found[1]


def test_identifiers_are_all_different() -> None:
    """They are safe in a URL, and as long as those of the library."""
    found = {new_id() for _ in range(1_000)}
    assert len(found) == 1_000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{20}", each) for each in found)
