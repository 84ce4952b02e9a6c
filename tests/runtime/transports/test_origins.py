"""Cross-origin requests, over every transport."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import websockets
from doubles.gateway import SECRET, token

from palaver_runtime import dialects
from palaver_runtime.app import running_dialects
from palaver_runtime.places import under
from palaver_runtime.settings import Settings
from palaver_runtime.transports.listener import bind, serving
from palaver_runtime.transports.origins import Origins

A = "https://a.example"
B = "http://127.0.0.1:4001"

# As browsers write them, or as somebody would who hopes that origins are compared carelessly.
STRANGE = [
    "https://evil.example",
    "null",
    "",
    "https://a.example.evil.example",
    "https://evil.example/https://a.example",
    "https://evila.example",
    "https://x.a.example",
    "https://a.example@evil.example",
    "https://a.example:8443",
    "https://a.example:443",
    "http://a.example",
    "https://a.example.",
    "https://a.example/",
    "https://A.example",
    "HTTPS://A.EXAMPLE",
    "https://a.exampl",
    "a.example",
    "//a.example",
    "*",
    "https://*.example",
    "http://127.0.0.1:4002",
    "http://127.0.0.1",
    "http://localhost:4001",
    "https://a.example,http://127.0.0.1:4001",
    "https://a.example http://127.0.0.1:4001",
]


@pytest.mark.parametrize("origin", ["https://a.example.evil", "http://a.example", "null", "", None])
def test_other_origins_get_nothing(origin):
    """Only an exactly equal origin may read a response; caches are told that it depends on it."""
    assert Origins([A]).headers(origin) == {"vary": "Origin"}


def test_listed_origin_with_credentials():
    """A listed origin is named and may send credentials."""
    headers = Origins([A]).headers(A)
    assert headers["access-control-allow-origin"] == A
    assert headers["access-control-allow-credentials"] == "true"


def test_every_origin_without_credentials():
    """A star is never combined with credentials, also when it stands beside others."""
    assert Origins([A, "*"]).headers(A) == {"access-control-allow-origin": "*"}


def test_preflight():
    """A preflight of an allowed origin is told methods and headers; others and plain OPTIONS are told nothing."""
    asked = {"origin": A, "access-control-request-method": "PUT"}
    assert Origins([A]).preflight(asked, "PUT")["access-control-allow-methods"] == "PUT"
    assert Origins(["*"]).preflight(asked, "PUT")["access-control-allow-headers"] == "authorization, content-type"
    assert Origins([]).preflight(asked, "PUT") == {}
    assert Origins([A]).preflight({"origin": A}, "PUT") == {}


@pytest.mark.parametrize("origin", STRANGE)
def test_what_resembles_an_origin_is_another(origin):
    """Origins are compared exactly; one that is not allowed gets no header by which it could read anything."""
    origins = Origins([A, B])
    assert not origins.allow([origin])
    assert origins.headers(origin) == {"vary": "Origin"}
    assert origins.preflight({"origin": origin, "access-control-request-method": "PUT"}, "PUT") == {}


def test_several_origins_are_no_browsers():
    """A request with more than one Origin is refused, whichever they are; one with none is not a page's."""
    assert Origins([A]).allow([])
    assert Origins([A]).allow([A])
    assert not Origins([A]).allow([A, A])
    assert not Origins([A]).allow([A, "https://evil.example"])
    assert Origins(["*"]).allow(["https://evil.example"])


# Each gives the status of an answer and its headers; 101 is that of a websocket.
async def _upgraded(url: str, origin: str | None) -> tuple[int, httpx.Headers]:
    headers = [] if origin is None else [("Origin", origin)]
    address = f"{url.replace('http', 'ws', 1)}{'&' if '?' in url else '?'}token={token('alice')}"
    try:
        async with websockets.connect(address, additional_headers=headers, proxy=None) as client:
            assert client.response is not None
            return client.response.status_code, httpx.Headers(list(client.response.headers.raw_items()))
    except websockets.InvalidStatus as refusal:
        response = refusal.response
        return response.status_code, httpx.Headers(list(response.headers.raw_items()))


async def _asked(method: str, url: str, origin: str | None, **headers: str) -> tuple[int, httpx.Headers]:
    given = {"authorization": f"Bearer {token('alice')}", **headers}
    if origin is not None:
        given["origin"] = origin
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        answer = await client.request(method, url, headers=given)
    return answer.status_code, answer.headers


async def _asked_before(url: str, origin: str | None) -> tuple[int, httpx.Headers]:
    return await _asked("OPTIONS", url, origin, **{"access-control-request-method": "POST"})


ENGINE = "/socket.io/?EIO=4&transport"
TRANSPORTS = {
    "engine.io websocket": lambda url, origin: _upgraded(f"{url}/gateway{ENGINE}=websocket", origin),
    "engine.io polling": lambda url, origin: _asked("GET", f"{url}/gateway{ENGINE}=polling", origin),
    "engine.io preflight": lambda url, origin: _asked_before(f"{url}/gateway{ENGINE}=polling", origin),
    "namespace websocket": lambda url, origin: _upgraded(f"{url}/social{ENGINE}=websocket", origin),
    "bare websocket": lambda url, origin: _upgraded(f"{url}/envelope/ws", origin),
    "rest": lambda url, origin: _asked("GET", f"{url}/gateway/users/me", origin),
    "rest preflight": lambda url, origin: _asked_before(f"{url}/gateway/conversations", origin),
    "rest error": lambda url, origin: _asked("GET", f"{url}/gateway/nowhere", origin),
}
CONNECTING = {name for name in TRANSPORTS if "websocket" in name or "polling" in name}


@asynccontextmanager
async def _all_dialects(folder: Path, *origins: str) -> AsyncIterator[str]:
    settings = Settings(
        database_url=f"sqlite:///{folder}/palaver.db",
        jwt_secret=SECRET,
        allowed_origins=origins,
        max_connections=999,
        shutdown_seconds=0.2,
    )
    chosen = {name: dialects.load(name) for name in ("gateway", "social", "envelope")}
    async with running_dialects(settings, chosen) as (surfaces, operations):
        app = under({f"/{name}": surface.app for name, surface in surfaces.items()}, operations)
        (listener,) = bind([(app, "127.0.0.1", 0)])
        async with serving([listener]):
            yield f"http://127.0.0.1:{listener.port}"
        for surface in surfaces.values():
            await surface.close()


@pytest.fixture(scope="module")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Where dialects are served to two origins."""
    async with _all_dialects(tmp_path_factory.mktemp("origins"), A, B) as url:
        yield url


def test_a_set_may_grow() -> None:
    """What is added to the set that was given is allowed from then on, and nothing else."""
    allowed = {A}
    origins = Origins(allowed)
    assert not origins.allow([B])
    allowed.add(B)
    assert origins.allow([B])
    assert origins.headers(B)["access-control-allow-origin"] == B
    assert not origins.allow(["https://evil.example"])


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_no_transport_lets_a_strange_page_in(address: str, transport: str) -> None:
    """A page of an origin that is not allowed opens no connection and reads no response, over any transport."""
    for origin in STRANGE:
        status, headers = await TRANSPORTS[transport](address, origin)
        assert "access-control-allow-origin" not in headers, origin
        assert "access-control-allow-credentials" not in headers, origin
        assert "access-control-allow-methods" not in headers, origin
        if transport in CONNECTING:
            assert status in {400, 403}, origin


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_every_transport_lets_its_own_pages_in(address: str, transport: str) -> None:
    """A page of each allowed origin connects and reads, with credentials; a program without an origin connects."""
    for origin in (A, B, None):
        status, headers = await TRANSPORTS[transport](address, origin)
        assert status == {"rest error": 404}.get(transport, 101 if "websocket" in transport else status)
        assert status < 300 or status == 404
        if "websocket" not in transport:
            assert headers.get("access-control-allow-origin") == origin
            assert headers.get("access-control-allow-credentials") == (None if origin is None else "true")
            assert "Origin" in headers["vary"]


async def test_star_goes_without_credentials_everywhere(tmp_path: Path) -> None:
    """Where every origin is allowed, each reads and connects over all transports, and none with credentials."""
    async with _all_dialects(tmp_path, "*") as url:
        for transport, ask in TRANSPORTS.items():
            status, headers = await ask(url, "https://evil.example")
            assert status < 300 or transport == "rest error"
            assert "access-control-allow-credentials" not in headers
            if "websocket" not in transport:
                assert headers["access-control-allow-origin"] == "*"
