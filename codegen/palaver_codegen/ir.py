"""The intermediate representation: everything that templates print, with every decision already made."""

from __future__ import annotations

from dataclasses import dataclass

from palaver_codegen.documents.tree import Json


@dataclass(frozen=True)
class ClientEvent:
    """An event that clients send; types are names of generated models, `means` is a word of the vocabulary."""

    name: str
    means: str
    method: str
    summary: str
    payload: str
    ack: str | None
    refusal: str | None
    errors: tuple[str, ...]


@dataclass(frozen=True)
class ServerEvent:
    """An event that the server sends."""

    name: str
    constant: str
    summary: str
    payload: str


@dataclass(frozen=True)
class Route:
    """A REST operation. `returns` is the annotation of its handler's result."""

    verb: str
    path: str
    operation: str
    means: str
    method: str
    summary: str
    secured: bool
    parameters: str | None
    query: tuple[str, ...]
    body: str | None
    body_required: bool
    statuses: tuple[tuple[int, str | None], ...]
    returns: str
    errors: tuple[str, ...]


@dataclass(frozen=True)
class Refusal:
    """How an answer says no: a value at a pointer, and pointers to the error code and the text."""

    pointer: str
    equals: bool | int | str
    code: str
    message: str | None


@dataclass(frozen=True)
class Metadata:
    """The names in the metadata of calls, None for what has no place there."""

    token: str | None
    scheme: str | None
    code: str | None


@dataclass(frozen=True)
class Call:
    """An rpc of a gRPC service; `key` is as in `package.Service/Method`."""

    key: str
    means: str
    method: str
    summary: str
    secured: bool
    request: str
    response: str
    refusal: Refusal | None
    errors: tuple[str, ...]


@dataclass(frozen=True)
class ErrorCode:
    """An entry of the error catalogue."""

    code: str
    status: int
    retryable: bool
    description: str


@dataclass(frozen=True)
class Dialect:
    """All of one dialect. `definitions` is the `$defs` document of which models are made."""

    name: str
    title: str
    sources: tuple[str, ...]
    client_events: tuple[ClientEvent, ...]
    server_events: tuple[ServerEvent, ...]
    routes: tuple[Route, ...]
    calls: tuple[Call, ...]
    metadata: Metadata
    errors: tuple[ErrorCode, ...]
    definitions: dict[str, Json]
    bundle: dict[str, Json]
