"""What a bundle says that there is: events in both directions, requests, and how the token is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from palaver_runtime.mock.pointers import read
from palaver_runtime.mock.schema import Schema

_METHODS = ("get", "put", "post", "delete", "patch")
_ERROR = "session.error"


@dataclass(frozen=True)
class Meaning:
    """The `x-chat` of an operation: what it means, where its canonical fields are, and what it can lead to."""

    means: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    result: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    emits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """An event that the server sends."""

    key: str
    name: str
    schema: Schema
    meaning: Meaning


@dataclass(frozen=True)
class Asked:
    """An event that clients send. It is acknowledged by `yes` or `no`, where the documents have these."""

    operation: str
    name: str
    schema: Schema
    meaning: Meaning
    yes: Schema | None
    no: Schema | None
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a request; `place` is path, query, header or cookie."""

    place: str
    name: str
    required: bool
    schema: Schema


@dataclass(frozen=True)
class Endpoint:
    """A REST operation. `responses` are by status, None where one has no body."""

    operation: str
    method: str
    path: str
    secured: bool
    parameters: tuple[Parameter, ...]
    body: Schema | None
    body_required: bool
    responses: Mapping[str, Schema | None]
    samples: Mapping[str, Any]
    meaning: Meaning


@dataclass(frozen=True)
class Channel:
    """How sockets connect. `namespace` is that of Socket.IO, None for raw WebSocket, of which `tag` tells frames apart.

    `places` are where a token may be, in the order in which they are tried: a part of the handshake and a name.
    """

    path: str
    namespace: str | None
    tag: str
    places: tuple[tuple[str, str], ...]
    largest: int


@dataclass(frozen=True)
class Contract:
    """Everything that the mock can do. `statuses` and `reasons` have the HTTP status and description of each code."""

    name: str
    channel: Channel | None
    asked: Mapping[str, Asked]
    told: tuple[Told, ...]
    endpoints: tuple[Endpoint, ...]
    statuses: Mapping[str, int]
    reasons: Mapping[str, str]
    calls: tuple[str, ...]
    other_channels: tuple[str, ...] = ()

    def meaning(self, means: str) -> list[Told]:
        """Return the events that have a meaning."""
        return [event for event in self.told if event.meaning.means == means]

    def refusal(self) -> Told | None:
        """Return the event by which a refusal is told."""
        return next(iter(self.meaning(_ERROR)), None)


def read_contract(bundle: Mapping[str, Any]) -> Contract:
    """Read what bundle.json holds."""
    events = bundle.get("asyncapi") or {}
    rest = bundle.get("openapi") or {}
    channels = list(events.get("channels", {}).values())
    told = tuple(_told(events))
    return Contract(
        name=str(bundle.get("dialect", "")),
        channel=_channel(channels[0]) if channels else None,
        asked={asked.name: asked for asked in _asked(events, {event.key for event in told})},
        told=told,
        endpoints=tuple(_endpoints(rest)),
        statuses={code: int(entry.get("status", 500)) for code, entry in (bundle.get("errors") or {}).items()},
        reasons={code: str(entry.get("description", code)) for code, entry in (bundle.get("errors") or {}).items()},
        calls=tuple((bundle.get("grpc") or {}).get("operations", {})),
        other_channels=tuple(str(channel.get("address")) for channel in channels[1:]),
    )


def _channel(channel: Mapping[str, Any]) -> Channel:
    socketio, raw = channel.get("x-socketio"), channel.get("x-websocket", {})
    handshake = channel.get("bindings", {}).get("ws", {})
    places = [
        (part, name)
        for part, schema in (
            ("auth", (socketio or {}).get("auth", {})),
            ("query", handshake.get("query", {})),
            ("headers", handshake.get("headers", {})),
        )
        for name in schema.get("properties", {})
        if "token" in name.lower() or name.lower() == "authorization"
    ]
    settings = raw if socketio is None else socketio
    address = channel.get("address") or "/"
    return Channel(
        path=settings.get("path", address if socketio is None else "/socket.io/"),
        namespace=None if socketio is None else socketio.get("namespace", address),
        tag=raw.get("tag", "/type"),
        places=tuple(places),
        largest=int(settings.get("maxEventBytes", 65536)),
    )


def _told(document: Mapping[str, Any]) -> Iterator[Told]:
    for operation in document.get("operations", {}).values():
        if operation.get("action") == "send":
            for key, message in _messages(document, operation):
                yield Told(key, message.get("name", key), Schema(document, message.get("payload")), _meaning(operation))


def _asked(document: Mapping[str, Any], told: set[str]) -> Iterator[Asked]:
    for name, operation in document.get("operations", {}).items():
        if operation.get("action") != "receive":
            continue
        replies = list(_messages(document, operation.get("reply", {})))
        acknowledgements = [Schema(document, reply.get("payload")) for key, reply in replies if key not in told]
        refusals = [schema for schema in acknowledgements if schema.entity("error")]
        for key, message in _messages(document, operation):
            yield Asked(
                operation=name,
                name=message.get("name", key),
                schema=Schema(document, message.get("payload")),
                meaning=_meaning(operation),
                yes=next((schema for schema in acknowledgements if schema not in refusals), None),
                no=next(iter(refusals), None),
                answers=tuple(key for key, _ in replies if key in told),
            )


def _messages(document: Mapping[str, Any], holder: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for reference in holder.get("messages", []):
        key = reference["$ref"].rpartition("/")[2]
        yield key, Schema(document, reference).resolved


def _endpoints(document: Mapping[str, Any]) -> Iterator[Endpoint]:
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                yield _endpoint(document, path, method, item)


def _endpoint(document: Mapping[str, Any], path: str, method: str, item: Mapping[str, Any]) -> Endpoint:
    operation = item[method]
    body = Schema(document, operation.get("requestBody")).resolved
    responses, samples = {}, {}
    for status, response in operation.get("responses", {}).items():
        media = Schema(document, response).resolved.get("content", {}).get("application/json", {})
        responses[status] = Schema(document, media["schema"]) if "schema" in media else None
        given = [media["example"]] if "example" in media else []
        given += [Schema(document, each).resolved.get("value") for each in media.get("examples", {}).values()]
        if given:
            samples[status] = given[0]
    parameters: dict[tuple[str, str], Parameter] = {}
    for listed in (*item.get("parameters", []), *operation.get("parameters", [])):
        node = Schema(document, listed).resolved
        schema = Schema(document, node.get("schema", {}))
        parameters[node["in"], node["name"]] = Parameter(node["in"], node["name"], node.get("required") is True, schema)
    content = body.get("content", {}).get("application/json", {})
    return Endpoint(
        operation=operation.get("operationId", f"{method} {path}"),
        method=method.upper(),
        path=path,
        secured=bool(operation.get("security", document.get("security", []))),
        parameters=tuple(parameters.values()),
        body=Schema(document, content["schema"]) if "schema" in content else None,
        body_required=body.get("required") is True,
        responses=responses,
        samples=samples,
        meaning=_meaning(operation),
    )


def _meaning(operation: Mapping[str, Any]) -> Meaning:
    chat = operation.get("x-chat", {})
    return Meaning(
        means=chat.get("means", ""),
        fields=chat.get("fields", {}),
        result=chat.get("result", {}),
        errors=tuple(chat.get("errors", ())),
        emits=tuple(chat.get("emits", ())),
    )


def canonical(meaning: Meaning, request: Any) -> dict[str, Any]:
    """Return the canonical fields of a request, as far as it has them."""
    found = {}
    for name, pointer in meaning.fields.items():
        try:
            found[name] = read(request, pointer)
        except KeyError:
            continue
    return found
