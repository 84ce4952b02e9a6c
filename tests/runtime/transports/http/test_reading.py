"""From a request to arguments."""

from dataclasses import dataclass

import pytest
from starlette.requests import Request

from palaver_runtime.transports.http import BadRequest, TooLarge, UnsupportedMediaType
from palaver_runtime.transports.http.reading import read_body, read_parameters, read_query


def request(*chunks: bytes, query: bytes = b"", path: dict[str, str] | None = None, **headers: str) -> Request:
    """Return a request whose body arrives in chunks."""
    waiting = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive():
        return waiting.pop(0)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "headers": raw, "query_string": query, "path_params": path or {}}
    return Request(scope, receive)


@dataclass
class Known:
    """The part of a route that is read."""

    query: frozenset[str]


def test_query():
    """Parameters are decoded; an empty value is a value."""
    assert read_query(b"a=1+%C3%BC&b=", frozenset("ab")) == {"a": "1 ü", "b": ""}


@pytest.mark.parametrize(
    ("raw", "problems"),
    [
        (b"c=1", [("/query/c", "is not a parameter of this operation")]),
        (b"a=1&a=1&a=1", [("/query/a", "is given more than once")]),
        (b"x%2Fy~=1", [("/query/x~1y~0", "is not a parameter of this operation")]),
        (b"a=%ff", [("/query", "is not valid percent-encoded UTF-8")]),
        (b"a=\xff", [("/query", "is not valid percent-encoded UTF-8")]),
    ],
)
def test_query_that_is_refused(raw, problems):
    """Unknown, repeated and undecodable parameters are refused with a pointer to them."""
    with pytest.raises(BadRequest) as caught:
        read_query(raw, frozenset("ab"))
    assert list(caught.value.problems) == problems


def test_problems_of_parameters_have_pointers(models):
    """A problem points into path or query, wherever the parameter stands, by its name on the wire."""
    with pytest.raises(BadRequest) as caught:
        read_parameters(models[0], Known(frozenset({"limit"})), request(query=b"limit=0", path={"itemId": "x"}))
    assert [pointer for pointer, _ in caught.value.problems] == ["/path/itemId", "/query/limit"]


@pytest.mark.parametrize("value", ["true", "", "1.5", "1e1", "0x1", "null"])
def test_parameters_are_strict(models, value):
    """A number is digits: nothing that merely converts to one."""
    with pytest.raises(BadRequest):
        read_parameters(
            models[0],
            Known(frozenset({"limit"})),
            request(query=f"limit={value}".encode(), path={"itemId": "ok"}),
        )


async def test_body_in_chunks():
    """A body is put together from its chunks, up to the limit."""
    assert await read_body(request(b"{", b"}", content_type="application/json"), 2) == b"{}"


@pytest.mark.parametrize("headers", [{}, {"content_length": "9"}])
async def test_reading_stops_at_the_limit(headers):
    """What is over the limit is not read: nothing of it with Content-Length, one chunk without."""
    made = request(*[b"x"] * 9, content_type="application/json", **headers)
    with pytest.raises(TooLarge):
        await read_body(made, 2)
    left = b"".join([chunk async for chunk in made.stream()]) if headers else await made.receive()
    assert left == (b"x" * 9 if headers else {"type": "http.request", "body": b"x", "more_body": True})


@pytest.mark.parametrize(
    ("content_type", "accepted"),
    [
        ("application/json", True),
        ("Application/JSON; charset=UTF-8", True),
        ('application/json; charset="utf-8"', True),
        ("application/json; charset=latin-1", False),
        ("application/jsonx", False),
        ("text/plain", False),
        ("", False),
    ],
)
async def test_content_type(content_type, accepted):
    """Only JSON in UTF-8 is read."""
    made = request(b"{}", content_type=content_type)
    if accepted:
        assert await read_body(made, 10) == b"{}"
    else:
        with pytest.raises(UnsupportedMediaType):
            await read_body(made, 10)
