"""Schemas as people read them: a tree of fields with types, bounds and meanings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from palaver_codegen.docs.bounds import bounds, values
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, entries, mapping, sequence, text

# What is deeper, or further down a tree that is already long, is one link away: on the page of types.
_DEEPEST = 4
_LONGEST = 80

_COMBINERS = ("oneOf", "anyOf")


@dataclass(frozen=True)
class Row:
    """A field of an object, or a form of a union. `schema` names what its value is made of, empty if it has no name.

    `cut` says that there is more to it than the rows below it show.
    """

    name: str
    type: str
    schema: str
    required: bool
    bounds: tuple[str, ...]
    values: tuple[str, ...]
    default: str | None
    description: str
    rows: tuple[Row, ...]
    cut: bool
    variant: bool = False


@dataclass(frozen=True)
class Shape:
    """A whole schema: what its value is, and the rows of it. `closed` says that nothing else may be in it."""

    type: str
    schema: str
    bounds: tuple[str, ...]
    values: tuple[str, ...]
    description: str
    rows: tuple[Row, ...]
    closed: bool


def shape(document: dict[str, Json], schema: Json, *, flat: bool = False) -> Shape:
    """Return a schema of a document as a tree; `flat` goes no deeper than its own fields."""
    reader = _Reader(document, 1 if flat else _DEEPEST)
    name, node = reader.named(schema)
    return Shape(
        type=reader.type_of(schema),
        schema=name,
        bounds=tuple(bounds(node)),
        values=tuple(values(node)),
        description=text(node.get("description")),
        rows=tuple(reader.rows(schema, (name,) if name else ())),
        closed=node.get("additionalProperties") is False,
    )


@dataclass
class _Reader:
    """Goes down the schemas of one document, and counts the rows that it makes."""

    document: dict[str, Json]
    deepest: int
    count: int = field(default=0)

    def named(self, schema: Json) -> tuple[str, dict[str, Json]]:
        """Return the schema behind a reference, and the name under which the document has it."""
        name = text(mapping(schema).get("$ref")).rpartition("/")[2]
        node = mapping(resolve(self.document, schema))
        if name and len(mapping(schema)) > 1:
            # What stands beside a reference is said of this use of it.
            node = {**node, **{key: value for key, value in mapping(schema).items() if key != "$ref"}}
        return name, self._joined(node)

    def _joined(self, node: dict[str, Json]) -> dict[str, Json]:
        """Return a schema with what its `allOf` demands written into it."""
        parts = sequence(node.get("allOf"))
        if not parts:
            return node
        whole: dict[str, Json] = {}
        properties: dict[str, Json] = {}
        required: list[Json] = []
        for part in (*(self.named(part)[1] for part in parts), node):
            properties |= mapping(part.get("properties"))
            required += sequence(part.get("required"))
            whole |= {key: value for key, value in part.items() if key != "allOf"}
        if properties:
            whole |= {"type": "object", "properties": properties, "required": required}
        return whole

    def type_of(self, schema: Json) -> str:
        """Return what a value is, in the fewest words: `string`, `list of Message`, `Message or null`."""
        name, node = self.named(schema)
        kinds = [text(kind) for kind in sequence(node.get("type"))] or [text(node.get("type"))]
        words = [self._word(kind, name, node) for kind in kinds]
        return " or ".join(dict.fromkeys(word for word in words if word)) or "any value"

    def _word(self, kind: str, name: str, node: dict[str, Json]) -> str:
        if kind == "array":
            inner = self.type_of(node.get("items", {}))
            return "list" if inner == "any value" else f"list of {inner}"
        if kind == "object" or (not kind and "properties" in node):
            return name or ("map" if isinstance(node.get("additionalProperties"), dict) else "object")
        if kind:
            return kind
        members = [member for word in _COMBINERS for member in sequence(node.get(word))]
        if members:
            return name or "one of " + ", ".join(dict.fromkeys(self.type_of(member) for member in members))
        constant = node.get("const")
        return _json_type(constant) if "const" in node else ""

    def rows(self, schema: Json, above: tuple[str, ...]) -> Iterator[Row]:
        """Yield the fields of an object, or of the objects in a list, or the forms of a union."""
        _, node = self.named(schema)
        while text(node.get("type")) == "array" or ("items" in node and "properties" not in node):
            _, node = self.named(node.get("items", {}))
        required = {text(each) for each in sequence(node.get("required"))}
        for key, value in mapping(node.get("properties")).items():
            yield self._row(key, value, above, required=key in required)
        rest = node.get("additionalProperties")
        if isinstance(rest, dict) and rest:
            yield self._row("(any name)", rest, above, required=False)
        for word in _COMBINERS:
            for member in sequence(node.get(word)):
                _, form = self.named(member)
                if "properties" in form or text(form.get("type")) == "object":
                    yield self._row(self._form(member, form), member, above, required=False, variant=True)

    def _row(self, name: str, schema: Json, above: tuple[str, ...], *, required: bool, variant: bool = False) -> Row:
        self.count += 1
        named, node = self._innermost(schema)
        own, outer = self.named(schema)
        within = self._holds(node)
        shown = within and named not in above and len(above) < self.deepest and self.count < _LONGEST
        below = (*above, named or f"({name})")
        default = outer.get("default")
        return Row(
            name=name,
            type=self.type_of(schema),
            schema=named if within else own,
            required=required,
            bounds=tuple(bounds(outer)),
            values=tuple(values(outer)),
            default=None if "default" not in outer else _literal(default),
            description=text(outer.get("description")) or text(node.get("description")),
            rows=tuple(self.rows(schema, below)) if shown else (),
            cut=within and not shown,
            variant=variant,
        )

    def _innermost(self, schema: Json) -> tuple[str, dict[str, Json]]:
        """Return what a list, or a list of lists, is of; the schema itself if it is no list."""
        name, node = self.named(schema)
        while text(node.get("type")) == "array" and isinstance(node.get("items"), dict):
            name, node = self.named(node["items"])
        return name, node

    def _holds(self, node: dict[str, Json]) -> bool:
        rest = node.get("additionalProperties")
        forms = (self.named(member)[1] for word in _COMBINERS for member in sequence(node.get(word)))
        return (
            bool(mapping(node.get("properties")))
            or (isinstance(rest, dict) and self._holds(self.named(rest)[1]))
            or any(mapping(form.get("properties")) for form in forms)
        )

    @staticmethod
    def _form(member: Json, form: dict[str, Json]) -> str:
        """Return by what a form of a union is told from the others."""
        for key, value in entries(form.get("properties")):
            if "const" in value:
                return f"{key} = {_literal(value['const'])}"
        return text(form.get("title")) or text(mapping(member).get("$ref")).rpartition("/")[2] or "another form"


def _json_type(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    return {str: "string", int: "integer", float: "number", list: "list", dict: "object"}.get(type(value), "null")


def _literal(value: Json) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
