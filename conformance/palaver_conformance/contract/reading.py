"""From a bundle (the resolved documents of one server) to its contract."""

from collections.abc import Iterator, Mapping

from palaver_conformance.contract.calls import call_operations
from palaver_conformance.contract.model import (
    Contract,
    Event,
    Handshake,
    HttpOperation,
    Operation,
    SocketOperation,
)
from palaver_conformance.contract.schema import Schema, follow
from palaver_conformance.contract.service import service
from palaver_conformance.errors import HarnessError

_REFUSAL = "session.error"

# What one event says for two meanings: the canonical values that tell which.
_OPERATIONS_IN_ONE: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "typing.set": {"typing.start": {"active": True}, "typing.stop": {"active": False}},
}
_EVENTS_IN_ONE: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "presence.changed": {"presence.online": {"status": "online"}, "presence.offline": {"status": "offline"}},
}
_ITSELF: Mapping[str, object] = {}
_NOWHERE: Mapping[str, str] = {}

_METHODS = ("get", "put", "post", "patch", "delete", "head", "options")

Node = Mapping[str, object]


def read_bundle(bundle: Mapping[str, object]) -> Contract:
    """Return the contract of a bundle: `{dialect, asyncapi, openapi, grpc, errors}`; each document may be absent.

    Raises HarnessError when an annotated operation lacks what the documents' rules demand of it.
    """
    asyncapi, openapi = _node(bundle.get("asyncapi")), _node(bundle.get("openapi"))
    grpc = _node(bundle.get("grpc"))
    calls = service(grpc)
    operations: list[Operation] = [
        *_socket_operations(asyncapi),
        *_http_operations(openapi),
        *call_operations(grpc, calls),
    ]
    errors = _node(bundle.get("errors"))
    return Contract(
        name=str(bundle.get("dialect", "")),
        operations=tuple(operations),
        events=tuple(_events(asyncapi)),
        others=tuple(_others(asyncapi)),
        codes={code: _integer(_node(entry).get("status")) for code, entry in errors.items()},
        handshake=_handshake(asyncapi),
        retryable=frozenset(code for code, entry in errors.items() if _node(entry).get("retryable") is True),
        calls=calls,
        versions={
            name: str(version)
            for name, document in (("asyncapi", asyncapi), ("openapi", openapi))
            if (version := _node(document.get("info")).get("version"))
        },
        openapi=openapi,
    )


def _socket_operations(document: Node) -> Iterator[SocketOperation]:
    sent = {id(_message(document, each)): str(note["means"]) for each, note in _annotated(document, "send")}
    for operation, note in _annotated(document, "receive"):
        message = _message(document, operation)
        success = refusal = reply = None
        told = False
        for each in _list(_node(operation.get("reply")).get("messages")):
            answer = _target(document, each)
            schema = _schema(document, _node(answer.get("payload")))
            if sent.get(id(answer)) == _REFUSAL:
                told = True
            elif schema.entity == "error":
                refusal = schema
            else:
                success, reply = schema, str(answer.get("name")) if id(answer) in sent else None
        for means, fixed in _OPERATIONS_IN_ONE.get(str(note["means"]), {str(note["means"]): _ITSELF}).items():
            yield SocketOperation(
                means=means,
                name=str(message.get("name")),
                fields=_texts(note.get("fields")),
                result=_texts(note.get("result")),
                errors=frozenset(map(str, _list(note.get("errors")))),
                request=_schema(document, _node(message.get("payload"))),
                success=success,
                refusal=refusal,
                reply=reply,
                told=told,
                fixed=fixed,
                entry=note.get("entry") is True,
                descending=note.get("order") == "descending",
            )


def _events(document: Node) -> Iterator[Event]:
    for operation, note in _annotated(document, "send"):
        message = _message(document, operation)
        for means, where in _EVENTS_IN_ONE.get(str(note["means"]), {str(note["means"]): _ITSELF}).items():
            yield Event(
                means=means,
                name=str(message.get("name")),
                fields=_texts(note.get("fields")),
                schema=_schema(document, _node(message.get("payload"))),
                where=where,
            )


def _others(document: Node) -> Iterator[Event]:
    """Yield the events without a meaning, which is empty."""
    for operation in map(_node, _node(document.get("operations")).values()):
        if operation.get("action") != "send" or "means" in _node(operation.get("x-chat")):
            continue
        for each in _list(operation.get("messages")):
            message = _target(document, each)
            if isinstance(name := message.get("name"), str):
                yield Event(
                    means="", name=name, fields=_NOWHERE, schema=_schema(document, _node(message.get("payload")))
                )


def _http_operations(document: Node) -> Iterator[HttpOperation]:
    for path, item in _node(document.get("paths")).items():
        item = _target(document, item)
        for method in _METHODS:
            operation = _node(item.get(method))
            note = _node(operation.get("x-chat"))
            if "means" not in note:
                continue
            security = operation.get("security", document.get("security", []))
            parameters = [*_list(item.get("parameters")), *_list(operation.get("parameters"))]
            body = _node(operation.get("requestBody"))
            yield HttpOperation(
                means=str(note["means"]),
                name=f"{method.upper()} {path}",
                fields=_texts(note.get("fields")),
                result=_texts(note.get("result")),
                errors=frozenset(map(str, _list(note.get("errors")))),
                request=_request(document, parameters, body),
                descending=note.get("order") == "descending",
                method=method.upper(),
                path=path,
                secured=bool(security),
                has_body=bool(body),
                answers={
                    int(status): _body(document, _target(document, answer))
                    for status, answer in _node(operation.get("responses")).items()
                    if status.isdecimal()
                },
            )


def _request(document: Node, parameters: list[object], body: Node) -> Schema:
    """Return one schema for the whole request, `{path, query, body}`."""
    places: dict[str, dict[str, object]] = {"path": {}, "query": {}}
    required: dict[str, list[str]] = {"path": [], "query": []}
    for each in parameters:
        parameter = _target(document, each)
        place, name = str(parameter.get("in")), str(parameter.get("name"))
        if place in places:
            places[place][name] = parameter.get("schema", {})
            if parameter.get("required"):
                required[place].append(name)
    properties: dict[str, object] = {
        place: {
            "type": "object",
            "properties": names,
            "required": required[place],
            "additionalProperties": False,
        }
        for place, names in places.items()
    }
    wanted = ["path", "query"]
    if body:
        properties["body"] = _json_schema(_target(document, body))
        wanted += ["body"] if body.get("required") else []
    whole = {"type": "object", "properties": properties, "required": wanted, "additionalProperties": False}
    return Schema(document, whole)


def _body(document: Node, answer: Node) -> Schema | None:
    return _schema(document, _json_schema(answer)) if answer.get("content") else None


def _json_schema(carrier: Node) -> Node:
    return _node(_node(_node(carrier.get("content")).get("application/json")).get("schema"))


def _handshake(document: Node) -> Handshake | None:
    for channel in _node(document.get("channels")).values():
        binding = _node(_node(_node(channel).get("bindings")).get("ws"))
        if extension := _node(_node(channel).get("x-socketio")):
            return Handshake(
                namespace=str(extension.get("namespace", "/")),
                path=str(extension.get("path", "/socket.io/")),
                auth_field=_property(document, extension.get("auth")),
                query_field=_property(document, binding.get("query")),
                header=_property(document, binding.get("headers")),
                max_event_bytes=_limit(extension.get("maxEventBytes")),
            )
        if extension := _node(_node(channel).get("x-websocket")):
            return Handshake(
                tag=str(extension.get("tag", "/type")),
                path=str(extension.get("path", "/")),
                auth_field=None,
                query_field=_property(document, binding.get("query")),
                header=_property(document, binding.get("headers")),
                max_event_bytes=_limit(extension.get("maxEventBytes")),
            )
    return None


def _limit(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _property(document: Node, schema: object) -> str | None:
    """Return the property that carries the token: the only one, or the one called so."""
    if not isinstance(schema, Mapping):
        return None
    names = list(_node(Schema(document, schema).resolved.get("properties")))
    return "token" if "token" in names else next(iter(names), None)


def _annotated(document: Node, action: str) -> Iterator[tuple[Node, Node]]:
    for operation in map(_node, _node(document.get("operations")).values()):
        note = _node(operation.get("x-chat"))
        if operation.get("action") == action and "means" in note:
            yield operation, note


def _message(document: Node, operation: Node) -> Node:
    messages = _list(operation.get("messages"))
    if len(messages) != 1:
        raise HarnessError(f"{operation.get('summary')}: an operation has to have exactly one message")
    return _target(document, messages[0])


def _target(document: Node, node: object) -> Node:
    """Return the node with references followed."""
    found = _node(node)
    while isinstance(reference := found.get("$ref"), str):
        found = follow(document, reference)
    return found


def _schema(document: Node, node: Node) -> Schema:
    return Schema(document, node)


def _node(value: object) -> Node:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> dict[str, str]:
    return {str(name): str(pointer) for name, pointer in _node(value).items()}


def _integer(value: object) -> int:
    if not isinstance(value, int):
        raise HarnessError(f"{value!r} is no HTTP status")
    return value
