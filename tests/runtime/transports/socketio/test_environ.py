"""A request of ASGI as python-engineio reads it."""

from collections.abc import Iterator

import pytest
from starlette.types import Message, Receive, Scope

from palaver_runtime.transports.socketio.environ import environ_of


def telling(*messages: Message) -> Receive:
    """Make a function that gives messages, one after the other."""
    left: Iterator[Message] = iter(messages)

    async def receive() -> Message:
        return next(left)

    return receive


async def send(message: Message) -> None:
    """Send nothing."""


def scope(**more: object) -> Scope:
    """Make the scope of a request."""
    return {"type": "http", "method": "POST", "path": "/", "query_string": b"EIO=4", "headers": [], **more}


def piece(body: bytes, *, more: bool = True) -> Message:
    """Make a piece of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


async def test_head() -> None:
    """Method, query, and headers by their names in WSGI; repeated ones are joined, what is no text is left out."""
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", b"3"),
        (b"origin", b"https://a.example"),
        (b"x-a", b"1"),
        (b"x-a", b"2"),
        (b"x-b", b"\xff"),
    ]
    asked = scope(headers=headers)
    receive = telling({"type": "http.request"})
    found = await environ_of(asked, receive, send)
    assert found is not None
    del found["wsgi.input"]
    assert found == {
        "REQUEST_METHOD": "POST",
        "QUERY_STRING": "EIO=4",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "3",
        "HTTP_ORIGIN": "https://a.example",
        "HTTP_X_A": "1,2",
        "asgi.receive": receive,
        "asgi.send": send,
        "asgi.scope": asked,
    }


async def test_websocket() -> None:
    """Its request is a GET; a query that is no text is none."""
    found = await environ_of(
        {"type": "websocket", "headers": [], "query_string": b"\xff"}, telling({"type": "websocket.connect"}), send
    )
    assert found is not None
    assert (found["REQUEST_METHOD"], found["QUERY_STRING"]) == ("GET", "")


@pytest.mark.parametrize("kind", ["http.disconnect", "websocket.disconnect"])
async def test_who_has_gone_asks_nothing(kind: str) -> None:
    """There is nobody to answer."""
    assert await environ_of(scope(), telling({"type": kind}), send) is None


@pytest.mark.parametrize(
    ("messages", "length", "body"),
    [
        ([piece(b"abc", more=False)], 3, b"abc"),
        ([piece(b"ab"), piece(b"cd"), piece(b"", more=False)], 4, b"abcd"),
        ([piece(b"ab"), piece(b"cd"), piece(b"ef", more=False)], 3, b"abc"),
        ([piece(b"ab"), {"type": "http.disconnect"}], 4, b"ab"),
        ([{"type": "http.request"}], 4, b""),
    ],
)
async def test_body(messages: list[Message], length: int, body: bytes) -> None:
    """As long as it was to be, or as much as came before the client went; the rest is read and thrown away."""
    receive = telling(*messages, {"type": "the next"})
    found = await environ_of(scope(), receive, send)
    assert found is not None
    assert await found["wsgi.input"].read(length) == body
    assert (await receive())["type"] == "the next"
