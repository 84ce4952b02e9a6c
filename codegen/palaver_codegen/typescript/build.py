"""From a dialect's intermediate representation to that of its TypeScript types."""

from __future__ import annotations

from collections.abc import Iterable

from palaver_codegen import ir
from palaver_codegen.build import model_name
from palaver_codegen.documents.operations import Operation, operations
from palaver_codegen.documents.tree import Json, entries, mapping
from palaver_codegen.names import pascal
from palaver_codegen.typescript.comments import lines_of
from palaver_codegen.typescript.ir import Address, Code, Endpoint, Event, Member, Module, Names
from palaver_codegen.typescript.shapes import declaration, key, literal, members, references, union


def build(dialect: ir.Dialect) -> Module:
    """Decide everything that is printed. Of the schemas those are there that an event or an endpoint leads to."""
    asyncapi, openapi = mapping(dialect.bundle.get("asyncapi")), mapping(dialect.bundle.get("openapi"))
    definitions = mapping(dialect.definitions.get("$defs"))
    requests = {operation.key: operation for operation in operations(openapi)}
    errors = [name for document in (asyncapi, openapi) for name in _error_schemas(document)]
    addresses: dict[str, list[Endpoint]] = {}
    for route in dialect.routes:
        addresses.setdefault(route.path, []).append(_endpoint(route, requests[route.operation], definitions))
    named = _named(dialect, requests.values())
    wanted = _reachable([*named, *errors], definitions)
    return Module(
        title=dialect.title,
        frames=any("x-websocket" in channel for _, channel in entries(asyncapi.get("channels"))),
        names=_names(wanted),
        server_events=tuple(
            Event(key(event.name), event.payload, None, "", lines_of(event.summary)) for event in dialect.server_events
        ),
        client_events=tuple(_client_event(event) for event in dialect.client_events),
        addresses=tuple(Address(literal(path), tuple(found)) for path, found in addresses.items()),
        codes=tuple(
            Code(key(each.code), each.status, literal(each.retryable), lines_of(each.description))
            for each in dialect.errors
        ),
        errors=union(sorted(set(errors))),
        declarations=tuple(declaration(name, definitions[name]) for name in wanted),
    )


def _client_event(event: ir.ClientEvent) -> Event:
    answer = union(each for each in (event.ack, event.refusal) if each) or None
    return Event(key(event.name), event.payload, answer, _codes(event.errors), lines_of(event.summary))


def _endpoint(route: ir.Route, operation: Operation, definitions: dict[str, Json]) -> Endpoint:
    parameters = list(members(mapping(definitions.get(route.parameters or ""))))
    query = {key(name) for name in route.query}
    asked = tuple(each for each in parameters if each.name in query)
    responses = tuple(
        (status, "undefined" if schema is None else model_name(operation, schema))
        for status, schema in operation.responses().items()
        if status.isdecimal()
    )
    return Endpoint(
        verb=route.verb.lower(),
        path=tuple(each for each in parameters if each.name not in query),
        query=asked,
        query_required=_any_required(asked),
        body=route.body,
        body_required=route.body_required,
        responses=responses,
        errors=_codes(route.errors),
        doc=lines_of(route.summary),
    )


def _any_required(parameters: Iterable[Member]) -> bool:
    return any(not each.optional for each in parameters)


def _codes(codes: Iterable[str]) -> str:
    return union(literal(code) for code in codes) or "never"


def _error_schemas(document: dict[str, Json]) -> list[str]:
    schemas = mapping(mapping(document.get("components")).get("schemas"))
    return [pascal(name) for name, schema in entries(schemas) if mapping(schema.get("x-chat")).get("entity") == "error"]


def _named(dialect: ir.Dialect, requests: Iterable[Operation]) -> Iterable[str]:
    """Yield the names of the schemas that events and endpoints name themselves."""
    for event in dialect.client_events:
        yield from (name for name in (event.payload, event.ack, event.refusal) if name)
    for sent in dialect.server_events:
        yield sent.payload
    parameters = mapping(dialect.definitions.get("$defs"))
    for route in dialect.routes:
        yield from references(parameters.get(route.parameters or ""))
        yield from (name for name in (route.body,) if name)
    for operation in requests:
        yield from (model_name(operation, schema) for schema in operation.responses().values() if schema is not None)


def _reachable(roots: Iterable[str], definitions: dict[str, Json]) -> list[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found and name in definitions:
            found.add(name)
            waiting += references(definitions[name])
    return sorted(found)


def _names(taken: Iterable[str]) -> Names:
    """Return the names of the types for the whole; a payload of the same name keeps it, and these give way."""
    payloads = set(taken)
    wanted = {
        "server_events": "ServerToClientEvents",
        "client_events": "ClientToServerEvents",
        "server_frame": "ServerFrame",
        "client_frame": "ClientFrame",
        "event_errors": "EventErrors",
        "paths": "Paths",
        "catalogue": "ErrorCatalogue",
        "code": "AnyErrorCode",
        "error": "AnyError",
    }
    return Names(**{field: _free(name, payloads) for field, name in wanted.items()})


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
