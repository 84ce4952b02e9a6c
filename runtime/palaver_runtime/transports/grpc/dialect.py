"""What the gRPC transport needs: bound calls of the generated table, and the words of a dialect."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import grpc
from pydantic import BaseModel

C = TypeVar("C", covariant=True)


class Refusal(Protocol):
    """How an answer says no: what is at `pointer` equals `equals`; code and text have pointers of their own."""

    @property
    def pointer(self) -> str:
        """Where the sign of a refusal stands."""
        ...

    @property
    def equals(self) -> bool | int | str:
        """What stands there if it is one."""
        ...

    @property
    def code(self) -> str:
        """Where the error code stands."""
        ...

    @property
    def message(self) -> str | None:
        """Where the text for people stands, if it has a place."""
        ...


class Call(Protocol):
    """One rpc of a document."""

    @property
    def key(self) -> str:
        """Service and method, as in package.Service/Method."""
        ...

    @property
    def secured(self) -> bool:
        """Whether the handler is given a caller."""
        ...

    @property
    def request(self) -> type[BaseModel]:
        """The model of what the rpc takes."""
        ...

    @property
    def response(self) -> type[BaseModel]:
        """The model of what it returns."""
        ...

    @property
    def refusal(self) -> Refusal | None:
        """How its answer says no; without it, the status of the call does."""
        ...

    @property
    def errors(self) -> frozenset[str]:
        """The codes that the document names for it."""
        ...


class BoundCall(Protocol):
    """An rpc and its handler."""

    @property
    def call(self) -> Call:
        """The rpc."""
        ...

    @property
    def handle(self) -> Callable[..., Awaitable[object]]:
        """The handler: takes [caller,] request and returns the model of the answer."""
        ...


@dataclass(frozen=True)
class CallRefusal:
    """A failure as the client is to see it.

    Where the answer can say no it has `code` and `message`, and the status is OK; else the call has the status.
    """

    status: grpc.StatusCode
    code: str
    message: str


class CallDialect(Protocol[C]):
    """Knows who calls, and how to say no."""

    async def authenticate(self, metadata: Mapping[str, str]) -> C:
        """Return the caller of a secured call; raise what refuse() knows.

        The names are in lower case; values that are binary are left out.
        """
        ...

    def refuse(self, error: Exception, call: Call) -> CallRefusal:
        """Turn any failure into a refusal.

        Gets CallRefused, pydantic.ValidationError of the request, and whatever authenticate() or a handler raised.
        What has a status of the server's fault is logged by the transport.
        """
        ...
