"""From a request to arguments."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

import pytest
from pydantic import MISSING, BaseModel, Field
from starlette.requests import Request
from typing_extensions import TypeAliasType

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


NUMBERS = ["true", "", "1.5", "1e1", "0x1", "null", "1.0", "1_0", "01", "-01", "+1", " 1", "1 ", "1\n", "٣", "--1"]


@pytest.mark.parametrize("value", NUMBERS, ids=repr)
def test_parameters_are_strict(models, value):
    """An integer is digits, as in JSON: nothing that merely converts to one; the problem is told as any other."""
    with pytest.raises(BadRequest) as caught:
        read_parameters(
            models[0],
            Known(frozenset({"limit"})),
            request(query=urlencode({"limit": value}).encode(), path={"itemId": "ok"}),
        )
    problem = "Input should be a valid integer, unable to parse string as an integer"
    assert list(caught.value.problems) == [("/query/limit", problem)]


@pytest.mark.parametrize(("value", "number"), [("1", 1), ("10", 10), ("100200", 100200)])
def test_integers(models, value, number):
    """Digits are read as the number that they are."""
    known = Known(frozenset({"limit"}))
    made = read_parameters(models[0], known, request(query=f"limit={value}".encode(), path={"itemId": "ok"}))
    assert made.limit == number


Count = TypeAliasType("Count", Annotated[int, Field(le=9)])


class Integers(BaseModel):
    """Integers in every form that a model can have them, and what is none."""

    named: Count = 0
    limited: Annotated[int, Field(ge=-5)] = 0
    optional: Annotated[int, Field(ge=-5)] | None = None
    absent: int | MISSING = MISSING
    aliased: int = Field(default=0, alias="wireName")
    text: str = ""
    either: int | str = ""
    ratio: float = 0.0


@pytest.mark.parametrize("name", ["named", "limited", "optional", "absent", "wireName"])
def test_integers_of_every_form(name):
    """The rule holds for an integer however its model declares it."""
    known = Known(frozenset({name}))
    for text in ("-0", "-5", "7"):
        read_parameters(Integers, known, request(query=f"{name}={text}".encode()))
    for text in ("1.0", "1_0", "01"):
        with pytest.raises(BadRequest, match=f"/query/{name}"):
            read_parameters(Integers, known, request(query=f"{name}={text}".encode()))


@pytest.mark.parametrize("name", ["text", "either", "ratio"])
def test_what_is_not_an_integer(name):
    """Other parameters keep what looks like an odd integer."""
    made = read_parameters(Integers, Known(frozenset({name})), request(query=f"{name}=01".encode()))
    assert getattr(made, name) in ("01", 1.0)


async def test_body_in_chunks():
    """A body is put together from its chunks, up to the limit."""
    assert await read_body(request(b"{", b"}", content_type="application/json"), 2) == b"{}"


async def test_absent_body():
    """Without a body a request is refused, or says no more than an empty object where it may be left out."""
    with pytest.raises(BadRequest, match="/body: is missing"):
        await read_body(request(), 2)
    assert await read_body(request(content_type="text/plain"), 2, required=False) == b"{}"
    with pytest.raises(UnsupportedMediaType):
        await read_body(request(b"{}", content_type="text/plain"), 2, required=False)


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
