"""Where the page is, whom it may speak with, and what it may do."""

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from palaver_runtime.page import ChatPage
from palaver_runtime.places import Place

OWN = {"gateway": Place(4001), "envelope": Place(3000), "aether": Place(3002)}


def policy(page: ChatPage) -> dict[str, list[str]]:
    """Return the directives of the page's policy."""
    parts = (each.split() for each in page.headers["/"]["content-security-policy"].split("; "))
    return {name: values for name, *values in parts}


@pytest.mark.parametrize(
    ("host", "origins"),
    [
        ("127.0.0.1", {"http://127.0.0.1:4001", "http://localhost:4001"}),
        ("localhost", {"http://127.0.0.1:4001", "http://localhost:4001"}),
        ("0.0.0.0", {"http://127.0.0.1:4001", "http://localhost:4001"}),
        ("::", {"http://127.0.0.1:4001", "http://localhost:4001"}),
        ("10.0.0.7", {"http://10.0.0.7:4001"}),
        ("Chat.Example", {"http://chat.example:4001"}),
        ("2001:db8::7", {"http://[2001:db8::7]:4001"}),
    ],
)
def test_origins_are_those_that_lead_to_the_server(host: str, origins: set[str]) -> None:
    """No name that somebody else may have is among them, and no port where there is no page."""
    assert ChatPage(host, OWN).origins == origins


def test_origin_on_the_usual_port_has_none() -> None:
    """As browsers write it."""
    assert ChatPage("chat.example", {"gateway": Place(80)}).origins == {"http://chat.example"}


def test_page_is_where_people_can_sign_up() -> None:
    """Of those that are served the first that the page prefers has it; without one that it speaks there is no page."""
    assert ChatPage("127.0.0.1", OWN).port == 4001
    assert ChatPage("127.0.0.1", {"envelope": Place(3000), "social": Place(3003)}).port == 3000
    nowhere = ChatPage("127.0.0.1", {"aether": Place(3002), "desk": Place(4100)})
    assert (nowhere.port, nowhere.origins) == (None, frozenset())


def test_policy_lets_in_what_is_needed_and_nothing_inline() -> None:
    """Scripts and styles are from here, markup is never made of text, and no dialect is reached that is not served."""
    found = policy(ChatPage("127.0.0.1", OWN))
    assert found["default-src"] == found["base-uri"] == found["form-action"] == found["frame-ancestors"] == ["'none'"]
    assert found["script-src"] == found["style-src"] == found["img-src"] == ["'self'"]
    assert (found["require-trusted-types-for"], found["trusted-types"]) == (["'script'"], ["'none'"])
    assert set(found["connect-src"]) == {
        "'self'",
        *(f"ws://{host}:4001" for host in ("127.0.0.1", "localhost")),
        *(f"{scheme}://{host}:3000" for scheme in ("http", "ws") for host in ("127.0.0.1", "localhost")),
    }


def test_page_that_is_reached_by_another_name_reaches_the_others_by_it() -> None:
    """Of the allowed origins those that lead to the page count, and no others."""
    allowed = ("http://chat.example:4001", "http://other.example:9", "https://tls.example:4001", "*")
    reached = policy(ChatPage("0.0.0.0", OWN, allowed))["connect-src"]
    assert {"ws://chat.example:4001", "ws://chat.example:3000", "http://chat.example:3000"} <= set(reached)
    assert not [each for each in reached if "other" in each or "tls" in each]


async def client(app: ASGIApp) -> httpx.AsyncClient:
    """Return a client of an application."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://chat.example")


async def test_page_answers_for_its_files_alone() -> None:
    """The page and its table are sent to GET and HEAD; every other path and method is the dialect's."""
    page = ChatPage("127.0.0.1", {"gateway": Place(4000, "/gateway"), "envelope": Place(3000)})
    async with await client(page.before(PlainTextResponse("a dialect", 404))) as asking:
        assert "<title>Palaver</title>" in (await asking.get("/")).text
        assert (await asking.head("/")).headers["content-type"] == "text/html; charset=utf-8"
        assert (await asking.get("/palaver/dialects.json")).json() == [
            {"name": "gateway", "port": None, "prefix": "/gateway"},
            {"name": "envelope", "port": 3000, "prefix": ""},
        ]
        for method, path in (
            ("POST", "/"),
            ("GET", "/palaver/"),
            ("GET", "/palaver/../app.py"),
            ("GET", "/conversations"),
        ):
            assert (await asking.request(method, path)).text == "a dialect", path
