"""Where schemas stand in a document and within one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from palaver_codegen.documents import pointer
from palaver_codegen.documents.tree import Json, entries, mapping, sequence, text

MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
SINGLES = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
_HOLDERS = frozenset({*MAPS, *LISTS, *SINGLES})
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Root:
    """A place where a document holds a schema. `name` is what the schema is called if it has to be named."""

    holder: dict[str, Json]
    key: str
    path: Path
    name: str

    @property
    def schema(self) -> Json:
        """The schema as it stands now."""
        return self.holder[self.key]


def children(schema: Json) -> Iterator[tuple[Json, str | int, Path]]:
    """Each direct subschema of a schema: the container that holds it, its key there, and its path from the schema."""
    if not isinstance(schema, dict) or _HOLDERS.isdisjoint(schema):
        return
    for word in MAPS:
        for name in mapping(schema.get(word)):
            yield schema[word], name, (word, name)
    for word in LISTS:
        for index in range(len(sequence(schema.get(word)))):
            yield schema[word], index, (word, index)
    for word in SINGLES:
        if isinstance(schema.get(word), dict):
            yield schema, word, (word,)
    # The array form of `items` (draft-07) is linted, yet walked, so that nothing in it is overlooked.
    for index in range(len(sequence(schema.get("items")))):
        yield schema["items"], index, ("items", index)


def within(schema: Json, path: Path = ()) -> Iterator[tuple[Path, dict[str, Json]]]:
    """Return the schema and every schema inside it, with their paths; references are not followed."""
    if isinstance(schema, dict):
        yield path, schema
        for container, key, steps in children(schema):
            yield from within(member(container, key), path + steps)


def member(container: Json, key: str | int) -> Json:
    """Return what a container that `children` gave holds under its key."""
    if isinstance(container, dict):
        return container[str(key)]
    assert isinstance(container, list)
    return container[int(key)]


def resolve(document: Json, value: Json) -> Json:
    """Return the value, or what it leads to if it is an internal reference; None for one that leads nowhere."""
    for _ in range(50):
        reference = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(reference, str):
            return value
        try:
            value = pointer.find(document, reference.removeprefix("#"))
        except (KeyError, ValueError):
            return None
    return None


def schema_roots(document: dict[str, Json]) -> Iterator[Root]:
    """Every place of an AsyncAPI or OpenAPI document that holds a schema, named ones first."""
    components = mapping(document.get("components"))
    schemas = mapping(components.get("schemas"))
    for name in schemas:
        yield Root(schemas, name, ("components", "schemas", name), name)
    yield from _asyncapi_roots(document, components)
    yield from _openapi_roots(document, components)


def _asyncapi_roots(document: dict[str, Json], components: dict[str, Json]) -> Iterator[Root]:
    for key, message in entries(components.get("messages")):
        yield from _message_roots(message, ("components", "messages", key), key)
    for name, channel in entries(document.get("channels")):
        path: Path = ("channels", name)
        for key, message in entries(channel.get("messages")):
            yield from _message_roots(message, (*path, "messages", key), key)
        socketio = mapping(channel.get("x-socketio"))
        if "auth" in socketio:
            yield Root(socketio, "auth", (*path, "x-socketio", "auth"), "")
        websocket = mapping(mapping(channel.get("bindings")).get("ws"))
        for key in ("query", "headers"):
            if key in websocket:
                yield Root(websocket, key, (*path, "bindings", "ws", key), "")


def _message_roots(message: dict[str, Json], path: Path, name: str) -> Iterator[Root]:
    for key, suffix in (("payload", ""), ("headers", "-headers")):
        if isinstance(message.get(key), dict):
            yield Root(message, key, (*path, key), name + suffix)


def _openapi_roots(document: dict[str, Json], components: dict[str, Json]) -> Iterator[Root]:
    for section in ("parameters", "headers"):
        for key, holder in entries(components.get(section)):
            if "schema" in holder:
                yield Root(holder, "schema", ("components", section, key, "schema"), key)
    for section in ("requestBodies", "responses"):
        for key, holder in entries(components.get(section)):
            yield from _content_roots(holder, ("components", section, key), key)
    for url, item in entries(document.get("paths")):
        yield from _parameter_roots(item, ("paths", url), url)
        for method, operation in entries(item):
            if method not in METHODS:
                continue
            path: Path = ("paths", url, method)
            name = text(operation.get("operationId")) or f"{method}-{url}"
            yield from _parameter_roots(operation, path, name)
            body = mapping(operation.get("requestBody"))
            yield from _content_roots(body, (*path, "requestBody"), f"{name}-body")
            for status, response in entries(operation.get("responses")):
                suffix = "response" if status.startswith("2") else f"response-{status}"
                yield from _content_roots(response, (*path, "responses", status), f"{name}-{suffix}")


def _parameter_roots(holder: dict[str, Json], path: Path, name: str) -> Iterator[Root]:
    for index, parameter in enumerate(sequence(holder.get("parameters"))):
        if isinstance(parameter, dict) and "schema" in parameter:
            label = f"{name}-{text(parameter.get('name'))}"
            yield Root(parameter, "schema", (*path, "parameters", index, "schema"), label)


def _content_roots(holder: dict[str, Json], path: Path, name: str) -> Iterator[Root]:
    for kind, media in entries(holder.get("content")):
        if "schema" in media:
            yield Root(media, "schema", (*path, "content", kind, "schema"), name)
    for key, header in entries(holder.get("headers")):
        if "schema" in header:
            yield Root(header, "schema", (*path, "headers", key, "schema"), f"{name}-{key}")
