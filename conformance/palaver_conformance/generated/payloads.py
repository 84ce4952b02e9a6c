"""Payloads that break their schema in one place each, made from a valid one."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from palaver_conformance.contract.calls import CallOperation
from palaver_conformance.contract.model import HttpOperation, Operation
from palaver_conformance.contract.schema import Schema

MOST: Final = 60
"""How many are made for one operation: of more, a selection that is the same in every run."""

UNEXPECTED: Final = "unexpected"
"""The name of a field that no document has."""

_OF_TYPE: Final[Mapping[str, tuple[str, object]]] = {
    "null": ("null", None),
    "boolean": ("a boolean", True),
    "number": ("a number", 7),
    "string": ("a text", "x"),
    "array": ("a list", []),
    "object": ("an object", {}),
}
_ODD: Final = "no such thing!"
_MANY: Final = 1000
_Place: TypeAlias = tuple[str | int, ...]
_Medium = Literal["json", "path", "query", "protobuf"]
_PARAMETERS: Final[Mapping[str, _Medium]] = {"path": "path", "query": "query", "body": "json"}


class _Absent:
    """Stands for what is not there."""


@dataclass(frozen=True)
class Wrong:
    """A payload, and what is wrong with it. `field` is the name of the one that is to blame; None for the whole."""

    what: str
    field: str | None
    payload: object


def wrongs(operation: Operation, payload: dict[str, object], *, tag: str | None = None) -> list[Wrong]:
    """Return payloads that differ from a valid one in one field, and are not valid.

    `tag` points at the field by which a frame says what it is, which is left alone. So is what cannot stand beside the
    fields of the valid one.
    """
    found: dict[str, Wrong] = {}
    for each in _Maker(operation, tag).all(payload):
        if operation.request.problems(each.payload):
            found.setdefault(json.dumps(each.payload, sort_keys=True), each)
    kept = list(found.values())
    if len(kept) > MOST:
        dice = random.Random(operation.name)  # noqa: S311 - it is to be the same every time
        chosen = set(dice.sample(range(len(kept)), MOST))
        kept = [each for number, each in enumerate(kept) if number in chosen]
    return kept


def can_be_wrong(operation: Operation, *, tag: str | None = None) -> bool:
    """Tell whether there is anything about a request that can break its schema."""
    return next(_Maker(operation, tag).all(operation.payload({})), None) is not None


class _Maker:
    """Walks through a schema. Whether what it makes is really wrong is for the schema to say."""

    def __init__(self, operation: Operation, tag: str | None) -> None:
        self._operation = operation
        self._tag = tag

    def all(self, payload: dict[str, object]) -> Iterator[Wrong]:
        request = self._operation.request
        if isinstance(self._operation, HttpOperation):
            for part, medium in _PARAMETERS.items():
                schema = request.at(f"/{part}")
                if schema is None:
                    continue
                if medium == "json":
                    yield from self._whole(payload, (part,), absent=request.requires(f"/{part}"))
                yield from self._object(schema, payload, (part,), medium)
        elif isinstance(self._operation, CallOperation):
            yield from self._object(request, payload, (), "protobuf")
        else:
            if self._tag is None:
                yield from self._whole(payload, (), absent=False)
            yield from self._object(request, payload, (), "json")

    @staticmethod
    def _whole(payload: dict[str, object], place: _Place, *, absent: bool) -> Iterator[Wrong]:
        """Yield what is no object where there has to be one."""
        values: list[object] = ["text", 7, True, [], [{}]]
        for value in values:
            yield Wrong(f"{value!r} instead of an object", None, _having(payload, place, value))
        if absent:
            yield Wrong("nothing instead of an object", None, _having(payload, place, _Absent))

    def _object(self, schema: Schema, payload: dict[str, object], place: _Place, medium: _Medium) -> Iterator[Wrong]:
        node = schema.resolved
        required = _list(node.get("required"))
        for name in _node(node.get("properties")):
            below, here = schema.at(f"/{_escape(name)}"), (*place, name)
            if below is None or _pointer(here) == self._tag or not self._fits(below, payload, here):
                continue
            if name in required and medium in ("json", "query"):
                yield Wrong(f"{name} is missing", name, _having(payload, here, _Absent))
            yield from self._value(below, payload, here, medium)
        if node.get("additionalProperties") is False and medium == "json":
            yield Wrong(f"{UNEXPECTED} is unknown", UNEXPECTED, _having(payload, (*place, UNEXPECTED), 1))
        for what, changed in _sizes(node, _found(payload, place)):
            yield Wrong(f"{place[-1] if place else 'the whole'} has {what}", None, _having(payload, place, changed))

    def _fits(self, schema: Schema, payload: dict[str, object], place: _Place) -> bool:
        """Tell whether there may be a value at a place, good or bad, beside all that is in the payload already."""
        if _found(payload, place) is not None:
            return True
        request = self._operation.request
        new = set(request.problems(_having(payload, place, _sample(schema)))) - set(request.problems(payload))
        return all(problem.startswith(_pointer(place)) for problem in new)

    def _value(self, schema: Schema, payload: dict[str, object], place: _Place, medium: _Medium) -> Iterator[Wrong]:
        node, present = schema.resolved, _found(payload, place)
        name = next(str(step) for step in reversed(place) if isinstance(step, str))
        for what, value in _values(schema, medium, present):
            yield Wrong(f"{name} is {what}", name, _having(payload, place, value))
        inside = _having(payload, place, _sample(schema)) if present is None else payload
        if medium != "json" or not isinstance(inside, dict):
            return
        if node.get("type") == "object":
            yield from self._object(schema, inside, place, medium)
        items = schema.at("/0") if node.get("type") == "array" else None
        if items is not None:
            full = inside if _found(inside, place) else _having(inside, place, [_sample(items)])
            if isinstance(full, dict):
                yield from self._value(items, full, (*place, 0), medium)


def _values(schema: Schema, medium: _Medium, present: object) -> Iterator[tuple[str, object]]:
    """Yield values that a schema probably has something against, and what they are."""
    node = schema.resolved
    types = _types(node)
    if medium == "json":
        yield from (example for kind, example in _OF_TYPE.items() if kind not in types)
    if types & {"integer", "number"}:
        yield from _numbers(node, medium)
    if "string" in types:
        yield from _texts(node, medium, present)
    if "boolean" in types and medium == "query":
        yield "no truth value", "perhaps"
    if "array" in types and medium == "json":
        yield from _lists(schema)


def _numbers(node: Mapping[str, object], medium: _Medium) -> Iterator[tuple[str, object]]:
    minimum, maximum = node.get("minimum"), node.get("maximum")
    if isinstance(minimum, int):
        yield "too small", minimum - 1
    if isinstance(maximum, int):
        yield "too large", maximum + 1
    if medium == "json":
        yield from (("a fraction", 1.5), ("a number in quotes", "1"))
    elif medium != "protobuf":
        yield from (("no number", "x"), ("a fraction", "1.5"))


def _texts(node: Mapping[str, object], medium: _Medium, present: object) -> Iterator[tuple[str, object]]:
    shortest, longest = node.get("minLength"), node.get("maxLength")
    if isinstance(longest, int):
        yield "too long", "x" * (longest + 1)
    if isinstance(shortest, int) and shortest > 0 and medium != "path":
        yield "too short", "x" * (shortest - 1)
    if "pattern" in node or "enum" in node or "const" in node:
        yield "none of those that are allowed", _ODD
    if "pattern" in node and medium in ("json", "protobuf"):
        yield "with a NUL", "a\u0000b"
        if isinstance(present, str):
            yield "with a line end", f"{present}\n"


def _lists(schema: Schema) -> Iterator[tuple[str, object]]:
    node, items = schema.resolved, schema.at("/0")
    most, least = node.get("maxItems"), node.get("minItems")
    if items is None:
        return
    one = _sample(items)
    if isinstance(most, int) and most < _MANY:
        yield "too many", [f"x{number}" if isinstance(one, str) else one for number in range(most + 1)]
    if isinstance(least, int) and least > 0:
        yield "too few", [one] * (least - 1)
    if node.get("uniqueItems") is True:
        yield "the same twice", [one, one]


def _sizes(node: Mapping[str, object], present: object) -> Iterator[tuple[str, object]]:
    """Yield objects with too many or too few properties."""
    most, least = node.get("maxProperties"), node.get("minProperties")
    if isinstance(most, int) and most < _MANY and node.get("additionalProperties") is not False:
        yield "more than there may be", {f"k{number}": number for number in range(most + 1)}
    if isinstance(least, int) and isinstance(present, dict):
        yield "less than there has to be", dict(list(present.items())[: least - 1])


def _sample(schema: Schema) -> object:
    """Return a value that is probably valid, as small as can be."""
    node = schema.resolved
    for word in ("const", "default"):
        if word in node:
            return node[word]
    if enum := _list(node.get("enum")):
        return enum[0]
    types = _types(node)
    if "object" in types:
        parts = {str(name): schema.at(f"/{_escape(str(name))}") for name in _list(node.get("required"))}
        return {name: _sample(below) for name, below in parts.items() if below is not None}
    if "array" in types:
        return []
    if types & {"integer", "number"}:
        return node.get("minimum", 1)
    if "boolean" in types:
        return True
    least = node.get("minLength")
    return "x" * max(least if isinstance(least, int) else 1, 1)


def _having(payload: object, place: _Place, value: object) -> object:
    """Return a copy of a payload with another value at a place, or without it."""
    if not place:
        return value
    step, *rest = place
    if isinstance(payload, list) and isinstance(step, int):
        return [_having(each, tuple(rest), value) if number == step else each for number, each in enumerate(payload)]
    copy = dict(payload) if isinstance(payload, dict) else {}
    if not rest and value is _Absent:
        copy.pop(step, None)
    else:
        copy[step] = _having(copy.get(step), tuple(rest), value)
    return copy


def _found(payload: object, place: _Place) -> object:
    """Return what a payload has at a place, None if nothing."""
    for step in place:
        if isinstance(payload, dict):
            payload = payload.get(step)
        elif isinstance(payload, list) and isinstance(step, int) and step < len(payload):
            payload = payload[step]
        else:
            return None
    return payload


def _pointer(place: _Place) -> str:
    return "".join(f"/{step}" for step in place)


def _types(node: Mapping[str, object]) -> set[str]:
    kinds = node.get("type", [])
    return {kinds} if isinstance(kinds, str) else {str(each) for each in _list(kinds)}


def _node(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
