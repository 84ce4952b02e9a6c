"""The headers that every response has."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import websockets
from doubles.gateway import SECRET, token

from palaver_runtime import dialects
from palaver_runtime.app import running_dialects
from palaver_runtime.places import under
from palaver_runtime.settings import Settings
from palaver_runtime.transports.headers import SECURITY_HEADERS, security_headers
from palaver_runtime.transports.listener import Listener, bind, serving

UPGRADE = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
ENGINE = "/gateway/socket.io/?EIO=4&transport"


def test_policy_lets_a_page_do_nothing() -> None:
    """Nothing is loaded, nothing inline runs, nobody frames it; and there is no exception to that."""
    policy = SECURITY_HEADERS["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert {"x-content-type-options", "referrer-policy", "permissions-policy"} < SECURITY_HEADERS.keys()


def test_encryption_is_asked_for_where_that_is_set() -> None:
    """Clients are told to keep to https for as long as the setting says, and not at all without it."""
    assert "strict-transport-security" not in security_headers()
    assert security_headers(60)["strict-transport-security"] == "max-age=60; includeSubDomains"


@pytest.fixture(scope="module")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Where dialects are served."""
    folder = tmp_path_factory.mktemp("headers")
    settings = Settings(database_url=f"sqlite:///{folder}/palaver.db", jwt_secret=SECRET, shutdown_seconds=0.2)
    chosen = {name: dialects.load(name) for name in ("gateway", "aether", "envelope")}
    async with running_dialects(settings, chosen) as (surfaces, operations):
        app = under({f"/{name}": surface.app for name, surface in surfaces.items()}, operations.public)
        (listener,) = bind([(app, "127.0.0.1", 0)], headers=security_headers(60))
        async with serving([listener]):
            yield f"http://127.0.0.1:{listener.port}"
        for surface in surfaces.values():
            await surface.close()


def check(headers: httpx.Headers) -> None:
    """Fail unless each of the headers is there, once."""
    for name, value in security_headers(60).items():
        assert headers.get_list(name) == [value], name


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/nowhere", 404),
        ("POST", "/healthz", 405),
        ("GET", "/gateway/users/me", 200),
        ("GET", "/gateway/nowhere", 404),
        ("PATCH", "/gateway/users/me", 405),
        ("OPTIONS", "/gateway/users/me", 204),
        ("POST", "/gateway/auth/login", 400),
        ("GET", f"{ENGINE}=polling", 200),
        ("GET", f"{ENGINE}=polling&sid=nobody", 400),
        ("GET", f"{ENGINE}=smoke", 400),
        ("DELETE", f"{ENGINE}=polling", 405),
        ("OPTIONS", f"{ENGINE}=polling", 200),
        ("GET", "/aether/nowhere", 404),
        ("GET", "/envelope/ws", 404),
    ],
)
async def test_every_response_has_them(address: str, method: str, path: str, status: int) -> None:
    """Answers and refusals of every part have the headers, those of libraries too, each once."""
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        answer = await client.request(method, address + path, headers={"authorization": f"Bearer {token('ann')}"})
    assert answer.status_code == status, answer.text
    check(answer.headers)


@pytest.mark.parametrize(
    ("path", "origin", "status"),
    [
        (f"{ENGINE}=websocket", None, 101),
        (f"{ENGINE}=websocket", "https://evil.example", 403),
        ("/envelope/ws", None, 101),
        ("/envelope/ws", "https://evil.example", 403),
        ("/envelope/elsewhere", None, 403),
        ("/nowhere", None, 403),
    ],
)
async def test_every_upgrade_has_them(address: str, path: str, origin: str | None, status: int) -> None:
    """Websockets have them, and so have the responses to those that are refused."""
    try:
        async with websockets.connect(address.replace("http", "ws", 1) + path, origin=origin, proxy=None) as client:
            response = client.response
    except websockets.InvalidStatus as refusal:
        response = refusal.response
    assert response is not None
    assert response.status_code == status
    check(httpx.Headers(list(response.headers.raw_items())))


async def broken(scope: object, receive: object, send: object) -> None:
    """Fail at every request."""
    raise RuntimeError("on purpose")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"500"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"x" * 100_000 + b"\r\n\r\n", b"4"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", b"4"),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + UPGRADE,
            b"500",
        ),
    ],
    ids=["failure", "nonsense", "large head", "bad upgrade", "failed upgrade"],
)
async def test_the_listeners_own_responses_have_them(request_: bytes, status: bytes) -> None:
    """What the library that listens answers by itself has the headers, and tells nothing of what happened."""
    listener = Listener(broken, "127.0.0.1", 0)
    async with serving([listener]):
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(request_)
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).lower()
        body = b""
        if b"connection: close" in head:
            body = await asyncio.wait_for(reader.read(), 30)
        writer.close()
    assert head.split(b" ")[1].startswith(status), head
    for name, value in SECURITY_HEADERS.items():
        assert f"\r\n{name}: {value}\r\n".lower().encode() in head
    assert b"on purpose" not in body
    assert b"Traceback" not in body
