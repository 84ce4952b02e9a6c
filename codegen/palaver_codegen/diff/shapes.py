"""Schemas made comparable: a list of alternatives, each of them flat.

References are followed, `allOf` is merged, and unions are multiplied out, so that two ways to write one thing look
alike: `anyOf: [{$ref: …}, {type: "null"}]` and a type of two, or a union within an `allOf` and one around it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

from palaver_codegen.diff.limits import Limit, limits_of, tightest
from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Block, Items, Json, mapping, place_in, plain, sequence, text

# More than so many alternatives are not multiplied out: the schema is then compared by its text.
_MOST = 64
_DEPTH = 40
_UNIONS = ("oneOf", "anyOf")
# What cannot be ordered by how much it allows: it is the same or it is not.
_CONDITIONS = (
    "not", "if", "then", "else", "contains", "minContains", "maxContains", "propertyNames", "patternProperties",
    "dependentRequired", "dependentSchemas", "dependencies", "prefixItems", "additionalItems", "unevaluatedItems",
    "contentEncoding", "contentMediaType",
)  # fmt: skip
# A number that is no integer is called `number` here, so that sets of types can be compared.
_TYPES = {"number": frozenset({"integer", "number"})}


@dataclass(frozen=True)
class Shape:
    """One flat alternative of a schema. `types` and `values` are None where any will do; `values` are JSON texts.

    `items` and the values of `properties` and `additional` are schemas still; `additional` is False for an object that
    is closed. `at` tells where a keyword stands.
    """

    place: Place
    name: str = ""
    types: frozenset[str] | None = None
    values: tuple[str, ...] | None = None
    constant: bool = False
    properties: dict[str, Json] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    additional: Json = True
    items: Json = None
    limits: dict[str, Limit] = field(default_factory=dict)
    patterns: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    conditions: dict[str, str] = field(default_factory=dict)
    default: str | None = None
    deprecated: bool = False
    entity: str = ""
    at: dict[str, Place] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        """Whether an object has no other properties than those that are listed."""
        return self.additional is False

    @property
    def constants(self) -> dict[str, str]:
        """The properties that hold one constant each: the tags by which alternatives are told apart."""
        found = {}
        for name, schema in self.properties.items():
            values = mapping(schema).get("enum")
            single = values if isinstance(values, list) and len(values) == 1 else [mapping(schema).get("const")]
            if single[0] is not None:
                found[name] = json.dumps(plain(single[0]), sort_keys=True)
        return found

    def where(self, *keywords: str) -> Place:
        """Return the place of the first of these keywords that the schema has, else of the schema."""
        return next((self.at[word] for word in keywords if word in self.at), self.place)


def alternatives(document: Json, schema: Json) -> list[Shape]:
    """Return the flat alternatives of a schema, at least one; None and True are a schema that takes everything."""
    return list(_expanded(document, schema, "", 0))


def nullable(shapes: list[Shape]) -> bool | None:
    """Whether null is among what the alternatives take; None where they do not speak of types at all."""
    if any(shape.types is None for shape in shapes):
        return None
    return any("null" in (shape.types or ()) for shape in shapes)


def without_null(shapes: list[Shape]) -> list[Shape]:
    """Return the alternatives without null, except where there is nothing else."""
    bare = [shape if shape.types is None else replace(shape, types=shape.types - {"null"}) for shape in shapes]
    bare = [
        replace(shape, values=tuple(value for value in shape.values if value != "null")) if shape.values else shape
        for shape in bare
    ]
    return [shape for shape in bare if shape.types is None or shape.types] or shapes


def _expanded(document: Json, schema: Json, name: str, depth: int) -> Iterator[Shape]:
    target = resolve(document, schema)
    reference = text(mapping(schema).get("$ref"))
    name = reference.rpartition("/")[2] or text(mapping(target).get("title")) or name
    if not isinstance(target, dict) or depth > _DEPTH:
        impossible = target is False
        yield Shape(_place(schema), name, types=frozenset() if impossible else None)
        return
    shape = _flat(document, target, name)
    parts: list[list[Shape]] = [[shape]]
    if reference and isinstance(schema, dict) and len(schema) > 1:
        # What stands beside a reference counts too, as in 2020-12.
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        parts.append(list(_expanded(document, _block(beside, schema), "", depth + 1)))
    parts += [list(_expanded(document, member, "", depth + 1)) for member in sequence(target.get("allOf"))]
    for word in _UNIONS:
        members = sequence(target.get(word))
        if members:
            parts.append([each for member in members for each in _expanded(document, member, "", depth + 1)])
    count = 1
    for part in parts:
        count *= len(part)
    if count > _MOST:
        union = json.dumps([plain(target.get(word)) for word in _UNIONS], sort_keys=True)
        yield replace(shape, conditions={**shape.conditions, "oneOf": union})
        return
    merged = [_narrowed(chosen) for chosen in product(*parts)]
    possible = [each for each in merged if each.types != frozenset()]
    yield from possible or merged[:1]


def _narrowed(chosen: tuple[Shape, ...]) -> Shape:
    """Return what one alternative of each union says together, under the name of the last of them."""
    merged = chosen[0]
    for other in chosen[1:]:
        merged = _merged(merged, other)
    branch = next((each for each in reversed(chosen) if each.name), chosen[-1])
    return replace(merged, name=branch.name, place=chosen[-1].place)


def _flat(document: Json, schema: dict[str, Json], name: str) -> Shape:
    """Return what the keywords of one schema say, without those that combine schemas."""
    at = {key: place_in(schema, key) for key in schema}
    types = _types(schema)
    values = _values(schema)
    if values is not None:
        kinds = frozenset(_kind(value) for value in values)
        types = kinds if types is None else types & kinds
        values = tuple(value for value in values if _kind(value) in types)
    additional: Json = schema.get("additionalProperties", True)
    if schema.get("unevaluatedProperties") is False:
        additional = False
    chat = mapping(schema.get("x-chat"))
    conditions = {word: _canonical(document, schema[word]) for word in _CONDITIONS if word in schema}
    if isinstance(schema.get("items"), list):
        conditions["items"] = _canonical(document, schema["items"])
    return Shape(
        place=_place(schema),
        name=name,
        types=types,
        values=values,
        constant="const" in schema,
        properties=dict(mapping(schema.get("properties"))),
        required=frozenset(text(each) for each in sequence(schema.get("required"))),
        additional=additional,
        items=schema.get("items") if isinstance(schema.get("items"), dict) else None,
        limits=limits_of(schema),
        patterns=frozenset({text(schema["pattern"])}) if "pattern" in schema else frozenset(),
        formats=frozenset({text(schema["format"])}) if "format" in schema else frozenset(),
        conditions=conditions,
        default=json.dumps(plain(schema["default"]), sort_keys=True) if "default" in schema else None,
        deprecated=schema.get("deprecated") is True,
        entity=json.dumps(plain(chat), sort_keys=True) if chat else "",
        at=at,
    )


def _merged(one: Shape, other: Shape) -> Shape:
    """Return what both say together."""
    types = one.types if other.types is None else other.types if one.types is None else one.types & other.types
    values = one.values
    if other.values is not None:
        values = other.values if values is None else tuple(each for each in values if each in other.values)
    if values is not None:
        values = tuple(value for value in values if types is None or _kind(value) in types)
        types = frozenset(_kind(value) for value in values)
    properties = dict(one.properties)
    for name, schema in other.properties.items():
        properties[name] = _both(properties[name], schema) if name in properties else schema
    additional = one.additional
    if other.additional is not True:
        additional = other.additional if additional is True else False if other.closed else additional
    return Shape(
        place=one.place,
        name=one.name or other.name,
        types=types,
        values=values,
        constant=one.constant or other.constant,
        properties=properties,
        required=one.required | other.required,
        additional=additional,
        items=one.items if other.items is None else other.items if one.items is None else _both(one.items, other.items),
        limits=tightest(one.limits, other.limits),
        patterns=one.patterns | other.patterns,
        formats=one.formats | other.formats,
        conditions={**one.conditions, **other.conditions},
        default=other.default if one.default is None else one.default,
        deprecated=one.deprecated or other.deprecated,
        entity=one.entity or other.entity,
        at={**other.at, **one.at},
    )


def _both(one: Json, other: Json) -> Json:
    if plain(one) == plain(other):
        return one
    block = Block(_place(one))
    items = Items(_place(one))
    for each in (one, other):
        items.put(each, _place(each))
    block.put("allOf", items, _place(one))
    return block


def _types(schema: dict[str, Json]) -> frozenset[str] | None:
    listed = schema.get("type")
    names = [listed] if isinstance(listed, str) else [text(name) for name in sequence(listed)]
    if not names:
        return None
    types = frozenset(kind for name in names for kind in _TYPES.get(name, frozenset({name})))
    return types | {"null"} if schema.get("nullable") is True else types


def _values(schema: dict[str, Json]) -> tuple[str, ...] | None:
    if "const" in schema:
        return (json.dumps(plain(schema["const"]), sort_keys=True),)
    if isinstance(schema.get("enum"), list):
        return tuple(json.dumps(plain(value), sort_keys=True) for value in sequence(schema["enum"]))
    return None


def _kind(value: str) -> str:
    match json.loads(value):
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float() as number:
            return "integer" if number.is_integer() else "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _canonical(document: Json, value: Json, depth: int = 0) -> str:
    """Return a value as text, with what its references lead to in their place."""

    def opened(each: Json, depth: int) -> Json:
        target = resolve(document, each)
        if depth > _DEPTH // 4:
            return plain(each)
        if isinstance(target, dict):
            return {key: opened(entry, depth + 1) for key, entry in target.items() if key not in _SAID}
        return [opened(entry, depth + 1) for entry in target] if isinstance(target, list) else target

    return json.dumps(opened(value, depth), sort_keys=True)


_SAID = frozenset({"description", "title", "examples", "example", "summary"})


def _place(schema: Json) -> Place:
    return place_in(schema, "")


def _block(entries: dict[str, Json], model: Json) -> Block:
    block = Block(_place(model))
    for key, value in entries.items():
        block.put(key, value, place_in(model, key))
    return block
