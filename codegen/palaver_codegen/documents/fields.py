"""Following `x-chat` pointers: from a schema down its properties, through references, to another schema."""

from __future__ import annotations

from palaver_codegen.documents import pointer
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, mapping, sequence, text


def schemas_at(document: Json, schema: Json, to: str) -> list[Json]:
    """Return the schemas of the values that a pointer can lead to; none if it hits nothing that is declared.

    There are several where a union is on the way. `ValueError` if `to` is no JSON Pointer.
    """
    found = [schema]
    for token in pointer.split(to):
        found = [below for above in found for below in _step(document, above, token)]
    return [resolved for value in found if (resolved := resolve(document, value)) is not None]


def form(document: Json, schema: Json) -> str:
    """Return the form of a value in the vocabulary's words: an entity, `list`, `list of` an entity, or `scalar`."""
    for branch in _branches(document, schema):
        entity = entity_of(branch)
        if entity:
            return entity
        kind = branch.get("type")
        if kind == "array" or (isinstance(kind, list) and "array" in kind):
            inner = form(document, branch.get("items"))
            return "list" if inner == "scalar" else f"list of {inner}"
    return "scalar"


def entity_of(schema: Json) -> str:
    """Return the entity that a schema declares to be, empty if it declares none."""
    return text(mapping(mapping(schema).get("x-chat")).get("entity"))


def _branches(document: Json, schema: Json, depth: int = 0) -> list[dict[str, Json]]:
    """Return the schema, and the members of its unions and intersections, all resolved."""
    resolved = resolve(document, schema)
    if not isinstance(resolved, dict) or depth > 20:
        return []
    members = [item for word in ("allOf", "anyOf", "oneOf") for item in sequence(resolved.get(word))]
    return [resolved, *(branch for member in members for branch in _branches(document, member, depth + 1))]


def _step(document: Json, schema: Json, token: str) -> list[Json]:
    found: list[Json] = []
    for branch in _branches(document, schema):
        properties = mapping(branch.get("properties"))
        if token in properties:
            found.append(properties[token])
        elif isinstance(branch.get("additionalProperties"), dict):
            found.append(branch["additionalProperties"])
        elif token.isdecimal() and isinstance(branch.get("items"), dict):
            found.append(branch["items"])
    return found
