"""Who may come in before anybody knows who it is."""

import json
from collections.abc import Callable
from contextvars import copy_context

import pytest
from starlette.types import Message, Receive, Scope, Send

from palaver_runtime.fairness import current
from palaver_runtime.transports import door as doors
from palaver_runtime.transports.door import Door, Late, Proxies, Refused, answer, counted_as

TRUSTED = Proxies(["10.0.0.0/8", "fd00::1"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "10.9.9.9", "10.9.9.9"),
        ("10.0.0.1", "6.6.6.6, nonsense", "10.0.0.1"),
        ("10.0.0.1", "nonsense, 10.9.9.9", "10.9.9.9"),
        ("fd00::1", "2001:db8::5", "2001:db8::5"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_only_trusted_proxies_are_believed(peer: str, forwarded: str, client: str) -> None:
    """The client is the last address that no trusted proxy has; what it says of itself before that is nothing."""
    assert TRUSTED.client(peer, forwarded) == client


def test_without_proxies_nobody_is_believed() -> None:
    """A header is what anybody can send."""
    assert Proxies().client("127.0.0.1", "198.51.100.1") == "127.0.0.1"
    assert not Proxies().trusts("127.0.0.1")


def test_proxies_are_addresses() -> None:
    """A name is refused."""
    with pytest.raises(ValueError, match="nginx"):
        Proxies(["nginx"])


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.1", "::ffff:198.51.100.1"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_a_site_counts_as_one_address(address: str, counted: str) -> None:
    """Who has an IPv6 network has 2^64 addresses."""
    assert counted_as(address) == counted


def scope(kind: str = "http", *, peer: str | None = "10.0.0.1", headers: tuple[tuple[bytes, bytes], ...] = ()) -> Scope:
    """Make the scope of a request."""
    extensions = {"websocket.http.response": {}} if kind == "websocket" else {}
    return {"type": kind, "client": (peer, 5) if peer else None, "headers": headers, "extensions": extensions}


class Sent:
    """What was sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        """Take a message."""
        self.messages.append(message)


async def nothing() -> Message:
    """Receive nothing."""
    raise AssertionError


class App:
    """Keeps the scopes that it is shown."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note a scope."""
        self.scopes.append(scope)


def keeping(admitted: list[str], most: int) -> Callable[[str], object]:
    """Admit so many."""

    async def admit(address: str) -> None:
        if len(admitted) == most:
            raise ValueError("too many")
        admitted.append(address)

    return admit


def say(error: Exception) -> Refused:
    """Refuse."""
    return 429, {"why": str(error)}, {"retry-after": "3"}


async def test_who_is_let_in_at_once_is_on_an_account() -> None:
    """That of the address, from then on; whoever has to wait, or is refused, is on none."""
    door = Door(at_once=lambda address: address == "2001:db8::/64")
    context = copy_context()
    assert context.run(door.let_in_at_once, "192.0.2.1") is None
    assert context.run(current) is None
    account = context.run(door.let_in_at_once, "2001:db8::/64")
    assert account is door.fairness.account("2001:db8::/64") is context.run(current)


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_door_shows_the_client_and_counts_it(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An application sees the client behind the proxy; who asks too often is answered, and not served."""
    monkeypatch.setattr(doors, "_PATIENCE", 0.0)
    app, sent, admitted = App(), Sent(), []
    door = Door(proxies=TRUSTED, admit=keeping(admitted, 2), refuse=say)
    guarded = door.guarded(app)
    twice = ((b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"2001:db8::5"))
    await guarded(scope(kind, headers=twice), nothing, sent)
    await guarded(scope(kind, peer=None), nothing, sent)
    assert [each["client"] for each in app.scopes] == [("2001:db8::5", 5), ("", 0)]
    assert admitted == ["2001:db8::/64", ""]
    assert sent.messages == []
    await guarded(scope(kind), nothing, sent)
    assert len(app.scopes) == 2
    start, body = sent.messages
    assert (start["type"].rpartition(".")[0], start["status"]) == (
        "http.response" if kind == "http" else "websocket.http.response",
        429,
    )
    assert dict(start["headers"])[b"retry-after"] == b"3"
    assert (b"connection" in dict(start["headers"])) == (kind == "http")
    assert json.loads(body["body"]) == {"why": "too many"}


async def test_lifespan_passes() -> None:
    """What is no request is not looked at."""
    app = App()
    await Door(admit=keeping([], 0)).guarded(app)({"type": "lifespan"}, nothing, Sent())
    assert len(app.scopes) == 1


async def test_server_without_the_extension_closes() -> None:
    """Where a websocket cannot be answered, it is closed."""
    sent = Sent()
    await answer({"type": "websocket"}, sent, (503, {}, {}))
    assert sent.messages == [{"type": "websocket.close"}]


async def test_open_door_lets_everybody_in() -> None:
    """By default nothing is counted, and a failure is told as it is."""
    door = Door()
    await door.admit("anybody")
    seat = door.seat("anybody")
    seat.joined()
    seat.leave()
    assert door.refuse(Late(3.0)) == (503, {"error": "Nobody has joined within 3 s"}, {})
