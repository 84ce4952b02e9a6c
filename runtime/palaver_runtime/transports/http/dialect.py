"""What the HTTP transport needs: bound routes of the generated table, and the words of a dialect."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from pydantic import BaseModel

C = TypeVar("C", covariant=True)


class Route(Protocol):
    """One operation of an OpenAPI document."""

    @property
    def method(self) -> str:
        """The method in capitals."""
        ...

    @property
    def path(self) -> str:
        """The path, with parameters as {name}."""
        ...

    @property
    def operation(self) -> str:
        """The operationId."""
        ...

    @property
    def secured(self) -> bool:
        """Whether the handler is given a caller."""
        ...

    @property
    def parameters(self) -> type[BaseModel] | None:
        """The model of path and query parameters together."""
        ...

    @property
    def query(self) -> frozenset[str]:
        """The names of the query parameters."""
        ...

    @property
    def body(self) -> type[BaseModel] | None:
        """The model of the body."""
        ...

    @property
    def body_required(self) -> bool:
        """Whether a request without its body is refused; else it counts as an empty object."""
        ...

    @property
    def statuses(self) -> Mapping[int, type[BaseModel] | None]:
        """The model of the body of each success status, None for an empty one."""
        ...

    @property
    def errors(self) -> frozenset[str]:
        """The codes that the document names for the operation."""
        ...


class BoundRoute(Protocol):
    """An operation and its handler."""

    @property
    def route(self) -> Route:
        """The operation."""
        ...

    @property
    def call(self) -> Callable[..., Awaitable[object]]:
        """The handler: takes [caller][, parameters][, body], as far as the operation has them.

        It returns the model, or None for an empty body; (status, model) when several statuses are declared.
        """
        ...


@dataclass(frozen=True)
class HttpRefusal:
    """A failure as the client sees it."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpDialect(Protocol[C]):
    """Knows who calls, and how to say no."""

    async def authenticate(self, headers: Mapping[str, str]) -> C:
        """Return the caller of a secured operation; raise what refuse() knows. Header names are lower-case."""
        ...

    def refuse(self, error: Exception, route: Route | None) -> HttpRefusal:
        """Turn any failure into a response; `route` is None when the request met none.

        Gets RequestRefused, pydantic.ValidationError of the body, and whatever authenticate() or a handler
        raised. What becomes a status of 500 or more is logged by the transport.
        """
        ...
