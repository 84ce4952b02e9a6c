"""Rules about schemas that contradict themselves: something in them can never hold, or never matters."""

from __future__ import annotations

from collections.abc import Iterator

from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Located, Subject
from palaver_codegen.documents.tree import Json, mapping, sequence, text

REQUIRED_UNDEFINED = Rule(
    "required-undefined",
    Level.ERROR,
    Scope.STANDARD,
    title="A required property is defined",
    reason="Nothing is known of its value; where unknown properties are refused, nothing can satisfy the schema.",
    remedy="Define it under `properties`, or correct the name.",
)
RANGE_EMPTY = Rule(
    "range-empty",
    Level.ERROR,
    Scope.STANDARD,
    title="A minimum is not greater than its maximum",
    reason="No value lies between the two.",
    remedy="Exchange or correct the bounds.",
)
ENUM_CONFLICT = Rule(
    "enum-conflict",
    Level.ERROR,
    Scope.STANDARD,
    title="The values of enum and const are of the schema's type, and each is there once",
    reason="A value of another type can never be sent, and one that is listed twice is a mistake for another.",
    remedy="Correct the value, or the type.",
)
KEYWORD_INAPPLICABLE = Rule(
    "keyword-inapplicable",
    Level.WARNING,
    Scope.STANDARD,
    title="A keyword applies to the schema's type",
    reason="JSON Schema ignores `maxLength` of an integer: what it was to forbid is let in.",
    remedy="Use the keyword of the type (`maximum`, `maxItems`, `maxLength`), or correct the type.",
)
SCHEMA_ENDLESS = Rule(
    "schema-endless",
    Level.ERROR,
    Scope.STANDARD,
    title="An object does not require another one of its own kind",
    reason="Each would have to hold one more, without end.",
    remedy="Make one property on the way optional, or an array.",
)
TYPE_MISSING = Rule(
    "type-missing",
    Level.WARNING,
    Scope.HOUSE,
    title="A schema has a type",
    reason="Without one it takes any value, and its other keywords apply to some of them only.",
    remedy="Add `type`.",
)

_KEYWORDS = {
    "string": ("minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("items", "minItems", "maxItems", "uniqueItems", "contains"),
    "object": (
        "properties", "patternProperties", "additionalProperties", "required", "minProperties", "maxProperties",
        "propertyNames",
    ),
}  # fmt: skip
_RANGES = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_COMPOSED = ("$ref", "allOf", "anyOf", "oneOf", "not", "const", "enum", "if")


@check(REQUIRED_UNDEFINED, RANGE_EMPTY, ENUM_CONFLICT, KEYWORD_INAPPLICABLE, TYPE_MISSING)
def schemas(subject: Subject) -> Iterator[Problem]:
    """Check each schema by itself."""
    for located in subject.schemas:
        yield from _required(located)
        yield from _ranges(located)
        yield from _values(located)
        yield from _keywords(located)
        if not located.is_condition and not any(word in located.schema for word in ("type", *_COMPOSED)):
            yield TYPE_MISSING.at(located.place(), f"{located.name} has no type", "add `type`")


def _required(located: Located) -> Iterator[Problem]:
    schema = located.schema
    # In an intersection another member may define the property.
    if not mapping(schema.get("properties")) or "allOf" in schema or "allOf" in located.path:
        return
    known = {*mapping(schema["properties"])}
    if mapping(schema.get("patternProperties")) or isinstance(schema.get("additionalProperties"), dict):
        return
    for index, name in enumerate(sequence(schema.get("required"))):
        if name not in known:
            reason = f"{name!r} is required, and not defined"
            yield REQUIRED_UNDEFINED.at(located.place("required", index), reason, "define it, or correct the name")


def _ranges(located: Located) -> Iterator[Problem]:
    for least, most in _RANGES:
        low, high = located.schema.get(least), located.schema.get(most)
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            reason = f"{least} {low} is greater than {most} {high}"
            yield RANGE_EMPTY.at(located.place(least), reason, "exchange or correct the bounds")


def _values(located: Located) -> Iterator[Problem]:
    schema = located.schema
    kinds = _types(schema)
    enum = sequence(schema.get("enum"))
    seen: list[Json] = []
    for index, value in enumerate(enum):
        if any(value == other and type(value) is type(other) for other in seen):
            yield ENUM_CONFLICT.at(located.place("enum", index), f"{value!r} is listed twice", "remove one of them")
        elif kinds and not _is_a(value, kinds):
            reason = f"{value!r} is no {' or '.join(kinds)}"
            yield ENUM_CONFLICT.at(located.place("enum", index), reason, "correct the value, or the type")
        seen.append(value)
    if "const" in schema:
        value = schema["const"]
        if kinds and not _is_a(value, kinds):
            reason = f"the constant {value!r} is no {' or '.join(kinds)}"
            yield ENUM_CONFLICT.at(located.place("const"), reason, "correct the value, or the type")
        elif enum and value not in enum:
            reason = f"the constant {value!r} is not among the values of enum"
            yield ENUM_CONFLICT.at(located.place("const"), reason, "remove one of the two")


def _keywords(located: Located) -> Iterator[Problem]:
    kinds = _types(located.schema)
    if not kinds:
        return
    groups = {"number" if kind == "integer" else kind for kind in kinds}
    for group, keywords in _KEYWORDS.items():
        if group not in groups:
            for keyword in keywords:
                if keyword in located.schema:
                    reason = f"{keyword!r} says nothing of a value of type {' or '.join(kinds)}"
                    remedy = "use the keyword of the type, or correct the type"
                    yield KEYWORD_INAPPLICABLE.at(located.place(keyword), reason, remedy)


@check(SCHEMA_ENDLESS)
def endless(subject: Subject) -> Iterator[Problem]:
    """Find named schemas that require themselves, by way of whichever others."""
    for document in subject.bundle.documents:
        named = mapping(mapping(document.get("components")).get("schemas"))
        needs = {name: set(_needed(schema)) for name, schema in named.items()}
        for name in named:
            reached, waiting = set[str](), [name]
            while waiting:
                for other in needs.get(waiting.pop(), ()):
                    if other not in reached:
                        reached.add(other)
                        waiting.append(other)
            if name in reached:
                reason = f"{name!r} requires another {name!r} in it, without end"
                place = subject.place(document, "components", "schemas", name)
                yield SCHEMA_ENDLESS.at(place, reason, "make a property on the way optional, or an array")


def _needed(schema: Json) -> Iterator[str]:
    """Return the named schemas of which a value must hold one."""
    node = mapping(schema)
    if "$ref" in node:
        yield text(node["$ref"]).rpartition("/")[2]
    for member in sequence(node.get("allOf")):
        yield from _needed(member)
    for name in sequence(node.get("required")):
        yield from _needed(mapping(node.get("properties")).get(text(name)))


def _types(schema: dict[str, Json]) -> list[str]:
    value = schema.get("type")
    return [text(item) for item in value] if isinstance(value, list) else [value] if isinstance(value, str) else []


def _is_a(value: Json, kinds: list[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in kinds
    return any(kind != "boolean" and isinstance(value, _PYTHON.get(kind, (object,))) for kind in kinds)
