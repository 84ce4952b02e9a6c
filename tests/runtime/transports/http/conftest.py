"""A small table of routes, served over real sockets."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

import httpx
import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from palaver_runtime.transports.http import (
    BadRequest,
    HttpRefusal,
    HttpTransport,
    NoSuchPath,
    Route,
    TooLarge,
    UnsupportedMediaType,
    WrongMethod,
)
from palaver_runtime.transports.listener import bind, serving


class Parameters(BaseModel):
    """Path and query of an operation."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    item_id: str = Field(alias="itemId", min_length=2)
    limit: int = Field(default=10, alias="limit", ge=1)


class Body(BaseModel):
    """A body."""

    model_config = ConfigDict(extra="forbid")
    item_name: str = Field(alias="itemName")
    count: int = 1


class Item(BaseModel):
    """An answer."""

    item_name: str = Field(alias="itemName")


@dataclass(frozen=True)
class TableRoute:
    """A route as the generated table has it."""

    method: str
    path: str
    operation: str
    secured: bool = False
    parameters: type[BaseModel] | None = None
    query: frozenset[str] = frozenset()
    body: type[BaseModel] | None = None
    body_required: bool = True
    statuses: Mapping[int, type[BaseModel] | None] = field(default_factory=lambda: {200: Item})


@dataclass(frozen=True)
class TableBound:
    """A bound route as the generated table has it."""

    route: TableRoute
    call: Callable[..., object]


class Denied(Exception):
    """The token is not good."""


class PlainDialect:
    """Names each failure by its class."""

    def __init__(self) -> None:
        self.broken = False

    async def authenticate(self, headers: Mapping[str, str]) -> str:
        """Return the token as the caller."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            raise Denied
        return token

    def refuse(self, error: Exception, route: Route | None) -> HttpRefusal:
        """Answer with the name of the class and what is known."""
        if self.broken:
            raise RuntimeError("refuse is broken")
        statuses = {
            BadRequest: 400,
            ValidationError: 400,
            Denied: 401,
            NoSuchPath: 404,
            WrongMethod: 405,
            TooLarge: 413,
            UnsupportedMediaType: 415,
        }
        body = {
            "error": type(error).__name__,
            "operation": route.operation if route else None,
            "problems": [list(problem) for problem in getattr(error, "problems", ())],
        }
        return HttpRefusal(statuses.get(type(error), 500), body, {"x-dialect": "plain"})


@contextlib.asynccontextmanager
async def _served(
    *routes: TableBound, dialect: PlainDialect | None = None, **options: object
) -> AsyncIterator[httpx.AsyncClient]:
    transport = HttpTransport(routes, dialect or PlainDialect(), **options)  # type: ignore[arg-type]
    listeners = bind([(transport.app, "127.0.0.1", 0)])
    async with serving(listeners), httpx.AsyncClient(base_url=f"http://127.0.0.1:{listeners[0].port}") as client:
        yield client


@pytest.fixture
def served() -> Callable[..., contextlib.AbstractAsyncContextManager[httpx.AsyncClient]]:
    """How to serve bound routes; yields a client."""
    return _served


@pytest.fixture
def table() -> Callable[..., TableBound]:
    """How to make a bound route: `table(call, "GET", "/items", "listItems", …)`."""
    return lambda call, *fields, **options: TableBound(TableRoute(*fields, **options), call)


@pytest.fixture
def models() -> tuple[type[Parameters], type[Body], type[Item]]:
    """The models of the operations."""
    return Parameters, Body, Item


@pytest.fixture
def dialect() -> PlainDialect:
    """A dialect without manners."""
    return PlainDialect()
