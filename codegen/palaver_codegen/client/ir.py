"""What the template of the Python clients prints, with every decision already made; types are names of models."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """A canonical field: its JSON Pointer, and the constant with the fields of the entity that is there, if one is."""

    name: str
    pointer: str
    entity: str | None


@dataclass(frozen=True)
class Entity:
    """The constant with the canonical fields of one shape of an entity."""

    constant: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Meaning:
    """What `x-chat` says of an operation or an event; `error` is the constant with the fields of its refusals."""

    means: str
    fields: tuple[Field, ...]
    result: tuple[Field, ...]
    error: str | None
    entry: bool
    descending: bool


@dataclass(frozen=True)
class Sent:
    """An event that clients send, and the method that does.

    `answer` is what the method returns. It comes as the acknowledgement, or as the event `reply`. `body` is the
    property of a frame that holds the payload, where that is not the frame itself.
    """

    name: str
    method: str
    summary: str
    payload: str
    body: str | None
    ack: str | None
    refusal: str | None
    reply: str | None
    answer: str | None
    meaning: Meaning


@dataclass(frozen=True)
class Received:
    """An event that the server sends, and its class."""

    name: str
    event: str
    summary: str
    payload: str
    body: str | None
    meaning: Meaning


@dataclass(frozen=True)
class Request:
    """A REST operation, and the method that asks for it. `returns` is None where no answer has a body."""

    operation: str
    title: str
    method: str
    summary: str
    parameters: str | None
    parameters_required: bool
    body: str | None
    body_required: bool
    returns: str | None
    meaning: Meaning


@dataclass(frozen=True)
class Socket:
    """How to connect: the token goes under `auth` of the Socket.IO handshake or under `query`, frames have a `tag`."""

    path: str
    namespace: str
    tag: str | None
    auth: str | None
    query: str | None


@dataclass(frozen=True)
class Module:
    """All of one dialect's client."""

    socket: Socket | None
    entities: tuple[Entity, ...]
    sent: tuple[Sent, ...]
    received: tuple[Received, ...]
    requests: tuple[Request, ...]
