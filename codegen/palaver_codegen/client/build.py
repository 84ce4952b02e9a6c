"""From a dialect's intermediate representation to that of its client."""

from __future__ import annotations

from collections.abc import Iterable

from palaver_codegen import ir
from palaver_codegen.build import model_name
from palaver_codegen.client.ir import Module, Received, Request, Sent, Socket
from palaver_codegen.client.meanings import Meanings
from palaver_codegen.documents.operations import Direction, Message, Operation, operations
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, entries, mapping, text
from palaver_codegen.names import pascal

OWN_METHODS = frozenset({"connect", "close", "events", "on", "only"})
"""What every client has, whatever its documents say."""


def build(dialect: ir.Dialect) -> Module:
    """Decide everything that is printed."""
    asyncapi, openapi = mapping(dialect.bundle.get("asyncapi")), mapping(dialect.bundle.get("openapi"))
    spoken = list(operations(asyncapi))
    socket = _socket(asyncapi)
    meanings = Meanings()
    methods = set(OWN_METHODS)
    sent = [
        _sent(event, operation, socket, meanings, methods)
        for event, operation in zip(dialect.client_events, _only(spoken, Direction.EVENT_IN), strict=True)
    ]
    received = [
        _received(event, operation, socket, meanings)
        for event, operation in zip(dialect.server_events, _only(spoken, Direction.EVENT_OUT), strict=True)
    ]
    requests = [
        _request(route, operation, meanings, methods)
        for route, operation in zip(dialect.routes, operations(openapi), strict=True)
    ]
    return Module(socket, meanings.entities, tuple(sent), tuple(received), tuple(requests))


def _only(found: Iterable[Operation], direction: Direction) -> list[Operation]:
    return [operation for operation in found if operation.direction is direction]


def _sent(
    event: ir.ClientEvent, operation: Operation, socket: Socket | None, meanings: Meanings, methods: set[str]
) -> Sent:
    answers = operation.answers()
    replies = [each for each in answers if not operation.acknowledged(each)]
    refusals = [each for each in operation.refusals() if operation.acknowledged(each)]
    payload, body = _unwrapped(operation, operation.messages()[0], socket)
    return Sent(
        name=event.name,
        method=_method(event.method, methods),
        summary=event.summary,
        payload=payload,
        body=body,
        ack=event.ack,
        refusal=event.refusal,
        reply=replies[0].name if replies else None,
        answer=_unwrapped(operation, answers[0], socket)[0] if answers else None,
        meaning=meanings.of(operation, [each.payload for each in refusals]),
    )


def _received(event: ir.ServerEvent, operation: Operation, socket: Socket | None, meanings: Meanings) -> Received:
    payload, body = _unwrapped(operation, operation.messages()[0], socket)
    name = f"{pascal(event.name)}Event"
    return Received(event.name, name, event.summary, payload, body, meanings.of(operation, []))


def _request(route: ir.Route, operation: Operation, meanings: Meanings, methods: set[str]) -> Request:
    refusals = [schema for status, schema in operation.responses().items() if not status.startswith("2")]
    models = dict.fromkeys(model for _, model in route.statuses)
    returns = " | ".join(f"models.{model}" if model else "None" for model in models)
    return Request(
        operation=route.operation,
        title=f"{route.verb} {route.path}",
        method=_method(route.method, methods),
        summary=route.summary,
        parameters=route.parameters,
        parameters_required=any(parameter.get("required") is True for parameter in operation.parameters()),
        body=route.body,
        body_required=route.body_required,
        returns=None if returns in ("None", "") else returns,
        meaning=meanings.of(operation, refusals),
    )


def _method(name: str, taken: set[str]) -> str:
    """Return a method's name that none before has: events come before requests, and what every client has first."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _unwrapped(operation: Operation, message: Message, socket: Socket | None) -> tuple[str, str | None]:
    """Return the model of a payload and the property of the frame that holds it.

    A frame of a tag and one object is unwrapped; any other frame, and an event that is none, is the payload as a whole.
    """
    whole = model_name(operation, message.payload)
    if socket is None or socket.tag is None:
        return whole, None
    properties = mapping(mapping(resolve(operation.document, message.payload)).get("properties"))
    rest = [name for name in properties if name != socket.tag]
    if len(rest) != 1 or len(properties) != 2 or "$ref" not in mapping(properties[rest[0]]):
        return whole, None
    return model_name(operation, properties[rest[0]]), rest[0]


def _socket(document: dict[str, Json]) -> Socket | None:
    """Return how to connect, as the first channel with a transport says it."""
    for _, channel in entries(document.get("channels")):
        query = _token(mapping(mapping(channel.get("bindings")).get("ws")).get("query"))
        if socketio := mapping(channel.get("x-socketio")):
            path, namespace = text(socketio.get("path")) or "/socket.io/", text(socketio.get("namespace")) or "/"
            return Socket(path, namespace, None, _token(socketio.get("auth")), query)
        if websocket := mapping(channel.get("x-websocket")):
            tag = (text(websocket.get("tag")) or "/type").removeprefix("/")
            return Socket(text(websocket.get("path")) or "/", "/", tag, None, query)
    return None


def _token(schema: Json) -> str | None:
    """Return the property that carries the token: the one that is called so, or the only one."""
    names = list(mapping(mapping(schema).get("properties")))
    return "token" if "token" in names else next(iter(names), None)
