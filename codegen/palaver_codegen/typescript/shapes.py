"""From a JSON Schema to a TypeScript expression."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from palaver_codegen.documents.tree import Json, entries, mapping, sequence, text
from palaver_codegen.typescript.comments import comment
from palaver_codegen.typescript.ir import Declaration, Member

_NEVER, _UNKNOWN = "never", "unknown"
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_COMBINERS = ("allOf", "anyOf", "oneOf", "$ref", "enum", "const")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)


def declaration(name: str, schema: Json) -> Declaration:
    """Return the declaration of a named schema: an interface where it is an object with properties, else an alias."""
    node = mapping(schema)
    doc = comment(schema)
    if node.get("properties") and not any(key in node for key in _COMBINERS) and node.get("type", "object") == "object":
        return Declaration(name, doc, None, tuple(members(node)), _index(node))
    return Declaration(name, doc, expression(schema), (), None)


def members(schema: dict[str, Json]) -> Iterator[Member]:
    """Yield the properties of an object schema. What is not required may be absent; it is null only if its type is."""
    required = sequence(schema.get("required"))
    for name, value in mapping(schema.get("properties")).items():
        doc = () if "$ref" in mapping(value) else comment(value)
        yield Member(key(name), name not in required, expression(value), doc)


def expression(schema: Json) -> str:
    """Return the type of what fits a schema, as far as TypeScript can say it."""
    if isinstance(schema, bool):
        return _UNKNOWN if schema else _NEVER
    node = mapping(schema)
    if "$ref" in node:
        return text(node["$ref"]).rpartition("/")[2]
    if "const" in node:
        return literal(node["const"])
    if "enum" in node:
        return union(literal(value) for value in sequence(node["enum"]))
    parts = [_intersection(expression(each) for each in sequence(node.get("allOf")))]
    parts += [union(expression(each) for each in sequence(node.get(name))) for name in ("anyOf", "oneOf")]
    own = _typed(node)
    if own != _UNKNOWN:
        parts.insert(0, own)
    return _intersection(part for part in parts if part) or _UNKNOWN


def key(name: str) -> str:
    """Return a property's name as it is written, in quotes if it is no identifier."""
    return name if _IDENTIFIER.fullmatch(name) else literal(name)


def literal(value: Json) -> str:
    """Return the type that has this one value."""
    if isinstance(value, dict | list):
        return _UNKNOWN
    return json.dumps(value, ensure_ascii=False)


def union(types: Iterable[str]) -> str:
    """Return the type of what is one of these, each named once; empty if there are none."""
    return " | ".join(dict.fromkeys(types))


def references(schema: Json) -> Iterator[str]:
    """Yield the names of all schemas to which a schema refers."""
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield text(schema["$ref"]).rpartition("/")[2]
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from references(item)


def _intersection(types: Iterable[str]) -> str:
    listed = list(dict.fromkeys(types))
    if not listed:
        return ""
    return listed[0] if len(listed) == 1 else " & ".join(f"({each})" if "|" in each else each for each in listed)


def _typed(node: dict[str, Json]) -> str:
    given = node.get("type")
    kinds = [text(kind) for kind in given] if isinstance(given, list) else [text(given)] if given else []
    if not kinds and "properties" in node:
        kinds = ["object"]
    return union(_kind(kind, node) for kind in kinds) or _UNKNOWN


def _kind(kind: str, node: dict[str, Json]) -> str:
    if kind == "array":
        items = expression(node.get("items", True))
        return f"({items})[]" if "|" in items or "&" in items else f"{items}[]"
    return _object(node) if kind == "object" else _PLAIN.get(kind, _UNKNOWN)


def _object(node: dict[str, Json]) -> str:
    listed = [f"{each.name}{'?' if each.optional else ''}: {each.type}" for each in members(node)]
    index = _index(node)
    if index is None and not listed:
        # An empty object type lets in everything; this lets in nothing but an object without keys.
        index = _UNKNOWN if node.get("additionalProperties", True) is True else _NEVER
    if index is not None:
        listed.append(f"[key: string]: {index}")
    return "{ " + "; ".join(listed) + " }"


def _index(node: dict[str, Json]) -> str | None:
    """Return the type of properties that are not listed, None where nothing is said about them or they are refused."""
    rest = node.get("additionalProperties")
    if rest is None or rest is False:
        return None
    # Every listed property has to fit the index as well, and nothing but `unknown` takes them all.
    return _UNKNOWN if any(entries(node.get("properties"))) else expression(rest)
