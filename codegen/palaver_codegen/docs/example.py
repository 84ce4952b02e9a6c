"""Values to show: the examples of the documents, or such as are made from a schema that has none."""

from __future__ import annotations

from dataclasses import dataclass

from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, entries, mapping, plain, sequence, text

_DEEPEST = 8

_STRINGS = {
    "date-time": "2026-11-20T09:30:00.000Z",
    "date": "2026-11-20",
    "time": "09:30:00Z",
    "email": "ada@example.com",
    "hostname": "chat.example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "6f1c2f0e-5d1b-4c3a-9b7e-2a4d8c6e1f00",
}


@dataclass(frozen=True)
class Example:
    """A value of a schema. `made` says that no document has it: it was made from the schema."""

    title: str
    value: Json
    made: bool = False


def examples(document: dict[str, Json], schema: Json) -> list[Example]:
    """Return the examples of a schema, at least one."""
    node = mapping(resolve(document, schema))
    listed = [*sequence(node.get("examples")), *([node["example"]] if "example" in node else [])]
    if listed:
        return [Example("", plain(value)) for value in listed]
    return [Example("", value_of(document, schema), made=True)]


def message_examples(document: dict[str, Json], key: str, schema: Json) -> list[Example]:
    """Return the examples of a message of an AsyncAPI document, else those of its payload's schema."""
    messages = mapping(mapping(document.get("components")).get("messages"))
    listed = [mapping(each) for each in sequence(mapping(messages.get(key)).get("examples"))]
    own = [
        Example(text(each.get("summary")) or text(each.get("name")), plain(each["payload"]))
        for each in listed
        if "payload" in each
    ]
    return own or examples(document, schema)


def media_examples(document: dict[str, Json], holder: Json, schema: Json) -> list[Example]:
    """Return the examples of a request or response body of an OpenAPI document, else those of its schema."""
    content = mapping(mapping(resolve(document, holder)).get("content"))
    media = mapping(content.get("application/json"))
    if "example" in media:
        return [Example("", plain(media["example"]))]
    own = []
    for name, given in entries(media.get("examples")):
        entry = mapping(resolve(document, given))
        if "value" in entry:
            own.append(Example(text(entry.get("summary")) or name, plain(entry["value"])))
    return own or examples(document, schema)


def value_of(document: dict[str, Json], schema: Json, depth: int = 0) -> Json:
    """Return a value that a schema allows, as far as that can be seen from it: patterns are not kept."""
    node = mapping(resolve(document, schema))
    for word in ("examples", "enum"):
        if sequence(node.get(word)):
            return plain(sequence(node[word])[0])
    for word in ("example", "const", "default"):
        if word in node:
            return plain(node[word])
    for word in ("oneOf", "anyOf"):
        if sequence(node.get(word)):
            return value_of(document, sequence(node[word])[0], depth + 1)
    if depth > _DEEPEST:
        return None
    return _by_type(document, node, depth)


def _by_type(document: dict[str, Json], node: dict[str, Json], depth: int) -> Json:
    kind = text(node.get("type")) or next((text(each) for each in sequence(node.get("type"))), "")
    if kind == "object" or "properties" in node or "allOf" in node:
        return _object(document, node, depth)
    if kind == "array":
        return [value_of(document, node.get("items"), depth + 1)] if node.get("maxItems") != 0 else []
    if kind in ("integer", "number"):
        least = node.get("minimum")
        return least if isinstance(least, int | float) else 1
    if kind == "string":
        return _string(node)
    return {"boolean": True}.get(kind)


def _object(document: dict[str, Json], node: dict[str, Json], depth: int) -> Json:
    found: dict[str, Json] = {}
    for part in sequence(node.get("allOf")):
        found |= mapping(value_of(document, part, depth + 1))
    required = sequence(node.get("required"))
    for name, schema in mapping(node.get("properties")).items():
        # Deep down only what has to be there: the value is to be read.
        if name in required or depth < 2:
            found[name] = value_of(document, schema, depth + 1)
    return found


def _string(node: dict[str, Json]) -> str:
    form = text(node.get("format"))
    least = node.get("minLength")
    given = _STRINGS.get(form, "text")
    return given.ljust(least, "…") if isinstance(least, int) and not form else given
