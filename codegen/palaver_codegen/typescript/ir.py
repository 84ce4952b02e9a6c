"""What the template of the TypeScript types prints, with every decision already made.

Every `doc` is a tuple of lines, to stand between the marks of a comment; every `type` is a TypeScript expression.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Doc: TypeAlias = "tuple[str, ...]"


@dataclass(frozen=True)
class Member:
    """A property of an object; `name` is quoted where it has to be."""

    name: str
    optional: bool
    type: str
    doc: Doc


@dataclass(frozen=True)
class Declaration:
    """A named type: an interface with `members`, or an alias for `type`. `index` is the type of keys not listed."""

    name: str
    doc: Doc
    type: str | None
    members: tuple[Member, ...]
    index: str | None


@dataclass(frozen=True)
class Event:
    """An event or a frame. `answer` is the type of its acknowledgement, `errors` are the codes of its refusals."""

    key: str
    payload: str
    answer: str | None
    errors: str
    doc: Doc


@dataclass(frozen=True)
class Endpoint:
    """A REST operation. The members of `path` and `query` are its parameters; None stands for no body."""

    verb: str
    path: tuple[Member, ...]
    query: tuple[Member, ...]
    query_required: bool
    body: str | None
    body_required: bool
    responses: tuple[tuple[str, str], ...]
    errors: str
    doc: Doc


@dataclass(frozen=True)
class Address:
    """A path of the REST interface with its operations."""

    key: str
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True)
class Code:
    """An entry of the error catalogue."""

    key: str
    status: int
    retryable: str
    doc: Doc


@dataclass(frozen=True)
class Names:
    """The names of the types that stand for the whole dialect, chosen so that no payload has one of them."""

    server_events: str
    client_events: str
    server_frame: str
    client_frame: str
    event_errors: str
    paths: str
    catalogue: str
    code: str
    error: str


@dataclass(frozen=True)
class Module:
    """All of one dialect. `frames` says that events are frames of a bare WebSocket; `errors` are the error payloads."""

    title: str
    frames: bool
    names: Names
    server_events: tuple[Event, ...]
    client_events: tuple[Event, ...]
    addresses: tuple[Address, ...]
    codes: tuple[Code, ...]
    errors: str
    declarations: tuple[Declaration, ...]
