"""Giving names to what has none: inline object schemas and enums move into `components/schemas`.

Generated classes are called as these schemas are, so the names are made from the names around them and never
from a counter: `Message.attachments.items` becomes `MessageAttachment`.
"""

from __future__ import annotations

from palaver_codegen.documents.problems import Problem
from palaver_codegen.documents.schemas import children, member, schema_roots
from palaver_codegen.documents.tree import Block, Items, Json, mapping, plain, text
from palaver_codegen.names import pascal, singular


def hoist(document: Block) -> list[Problem]:
    """Name every inline object and enum of a bundled document, in place."""
    problems: list[Problem] = []
    for root in list(schema_roots(document)):
        if not root.name:
            continue  # the handshake: described, but no model is made of it
        named = root.path[:2] == ("components", "schemas")
        name = root.name if named else pascal(root.name)
        _descend(document, root.schema, name, problems)
        if not named and _wants_name(root.schema):
            _move(document, root.holder, root.key, name, problems)
    return problems


def _descend(document: Block, schema: Json, name: str, problems: list[Problem]) -> None:
    for container, key, path in list(children(schema)):
        if path[0] in ("not", "if", "then", "else", "contains", "propertyNames"):
            continue  # conditions, not values
        child = member(container, key)
        child_name = name + _suffix(child, path)
        _descend(document, child, child_name, problems)
        if _wants_name(child):
            _move(document, container, key, child_name, problems)


def _suffix(child: Json, path: tuple[str | int, ...]) -> str:
    """Return what a subschema adds to its parent's name."""
    word, key = path[0], path[-1]
    if word == "properties":
        # An array of inline objects names its items by one of them.
        plural = text(mapping(child).get("type")) == "array"
        return pascal(singular(str(key)) if plural else str(key))
    if word == "items":
        return ""
    if word == "additionalProperties":
        return "Value"
    title = text(mapping(child).get("title")) or _tag(child)
    return pascal(title) if title else f"Option{int(key) + 1}" if isinstance(key, int) else pascal(str(key))


def _tag(child: Json) -> str:
    """Return the constant by which a member of a union is told from the others."""
    for schema in mapping(mapping(child).get("properties")).values():
        constant = mapping(schema).get("const")
        if isinstance(constant, str):
            return constant
    return ""


def is_model(schema: Json) -> bool:
    """Say whether a class is generated of a schema; an object of any properties is a dict."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return False
    return bool(schema.get("properties")) or schema.get("additionalProperties") is False


def _wants_name(schema: Json) -> bool:
    return is_model(schema) or (isinstance(schema, dict) and schema.get("type") == "string" and "enum" in schema)


def _move(document: Block, container: Json, key: str | int, name: str, problems: list[Problem]) -> None:
    schema = member(container, key)
    assert isinstance(schema, Block)
    if not isinstance(document.get("components"), Block):
        document.put("components", Block(document.place), document.place)
    components = document["components"]
    assert isinstance(components, Block)
    if not isinstance(components.get("schemas"), Block):
        components.put("schemas", Block(document.place), document.place)
    schemas = components["schemas"]
    assert isinstance(schemas, Block)
    if name in schemas and plain(schemas[name]) != plain(schema):
        reason = f"this inline schema would be called {name!r}, which is the name of another"
        problems.append(Problem(schema.place, "name-collision", reason, "define it under a name of its own"))
        return
    if name not in schemas:
        schemas.put(name, schema, schema.place)
    reference = Block(schema.place)
    reference.put("$ref", f"#/components/schemas/{name}", schema.place)
    if isinstance(container, Block):
        container[str(key)] = reference
    elif isinstance(container, Items):
        container[int(key)] = reference
