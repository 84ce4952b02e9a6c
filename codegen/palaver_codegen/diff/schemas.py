"""What is different between two schemas, told by what it does to the values that are valid.

The comparison is of meaning, not of text: moving a schema to `components`, writing a union in another order, or saying
`const` for an `enum` of one is no difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from palaver_codegen.diff.kinds import Difference, Kind
from palaver_codegen.diff.limits import differing
from palaver_codegen.diff.matching import matched
from palaver_codegen.diff.shapes import Shape, alternatives, nullable, without_null
from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, mapping, place_in

_Pair = tuple[int, int]


class Comparison:
    """Compares schemas of one old and one new document; what was compared once is remembered.

    A list of values that are all among `codes` is not looked into: error codes have rules of their own.
    """

    def __init__(self, old: Json, new: Json, codes: Iterable[str] = ()) -> None:
        self._old = old
        self._new = new
        self._codes = frozenset(json.dumps(code) for code in codes)
        self._known: dict[_Pair, tuple[Difference, ...]] = {}
        self._running: set[_Pair] = set()
        # Identities are good as long as the values live.
        self._kept: list[Json] = []

    def differences(self, old: Json, new: Json) -> tuple[Difference, ...]:
        """Return every difference; recursion ends where a pair of schemas is met within itself."""
        before, after = resolve(self._old, old), resolve(self._new, new)
        key = (id(before), id(after))
        # What stands beside a reference belongs to the place where that is written, not to its target.
        reusable = not any(len(mapping(each)) > 1 and "$ref" in mapping(each) for each in (old, new))
        if key in self._known and reusable:
            return self._known[key]
        if key in self._running:
            return ()
        self._running.add(key)
        self._kept += [before, after]
        found = tuple(dict.fromkeys(self._of_schemas(old, new)))
        self._running.discard(key)
        if reusable:
            self._known[key] = found
        return found

    def _of_schemas(self, old: Json, new: Json) -> Iterator[Difference]:
        before, after = alternatives(self._old, old), alternatives(self._new, new)
        was, now = nullable(before), nullable(after)
        if was is not None and now is not None:
            if was != now:
                kind = Kind.NULL_ADDED if now else Kind.NULL_REMOVED
                places = _place(old, before), _place(new, after)
                yield Difference(kind, (), *places, "can be null now" if now else "can be null no longer")
            before, after = without_null(before), without_null(after)
        yield from self._of_alternatives(before, after)

    def _of_alternatives(self, before: list[Shape], after: list[Shape]) -> Iterator[Difference]:
        if len(before) == 1 and len(after) == 1:
            yield from self._of_shapes(before[0], after[0])
            return
        pairs, gone, come = matched(before, after)
        for one, other in pairs:
            yield from self._of_shapes(one, other)
        for shape in gone:
            if not any(self._takes_all(shape, other) for other in after):
                yield Difference(Kind.ALTERNATIVE_REMOVED, (), shape.place, after[0].place, f"{_called(shape)} is gone")
        for shape in come:
            if not any(self._adds_nothing(one, shape) for one in before):
                yield Difference(Kind.ALTERNATIVE_ADDED, (), before[0].place, shape.place, f"{_called(shape)} is new")

    def _takes_all(self, shape: Shape, other: Shape) -> bool:
        return not any(each.kind.effect.narrows for each in self._of_shapes(shape, other))

    def _adds_nothing(self, one: Shape, shape: Shape) -> bool:
        return not any(each.kind.effect.widens for each in self._of_shapes(one, shape))

    def _of_shapes(self, old: Shape, new: Shape) -> Iterator[Difference]:
        kind = _type_kind(old, new)
        if kind is not None:
            what = f"is {_typed(new)} and was {_typed(old)}"
            yield Difference(kind, (), old.where("type"), new.where("type"), what)
            if kind is Kind.TYPE_CHANGED:
                return
        if not self._codes.issuperset(old.values or "?") or not self._codes.issuperset(new.values or "?"):
            yield from _of_values(old, new)
        yield from self._of_properties(old, new)
        yield from self._of_others(old, new)
        if old.items is not None or new.items is not None:
            yield from _below("*", self.differences(old.items, new.items))
        for word, limit_kind, what in differing(old.limits, new.limits):
            yield Difference(limit_kind, (), old.where(word), new.where(word), what)
        yield from _of_sets(old, new)
        for word in dict.fromkeys((*old.conditions, *new.conditions)):
            if old.conditions.get(word) != new.conditions.get(word):
                what = f"its `{word}` is different"
                yield Difference(Kind.CONDITION_CHANGED, (), old.where(word), new.where(word), what)
        yield from _of_notes(old, new)

    def _of_properties(self, old: Shape, new: Shape) -> Iterator[Difference]:
        for name, schema in old.properties.items():
            if name not in new.properties:
                required = name in old.required - new.required
                kind = _removed(required=required, closed=new.closed)
                place = place_in(schema, "", old.place)
                what = "is gone, and was always there" if required else "is gone"
                yield Difference(kind, (name,), place, new.where("properties"), what)
        for name, schema in new.properties.items():
            if name in old.properties:
                yield from _below(name, self.differences(old.properties[name], schema))
                continue
            required = name in new.required - old.required
            kind = _added(required=required, closed=old.closed)
            what = "is new and required" if required else "is new and may be left out"
            yield Difference(kind, (name,), old.where("properties"), place_in(schema, "", new.place), what)
        places = old.where("required"), new.where("required")
        # Of a property that comes or goes it has been told already whether it is required.
        for name in sorted(new.required - old.required - (new.properties.keys() - old.properties.keys())):
            yield Difference(Kind.PROPERTY_REQUIRED, (name,), *places, "is required now")
        for name in sorted(old.required - new.required - (old.properties.keys() - new.properties.keys())):
            yield Difference(Kind.PROPERTY_OPTIONAL, (name,), *places, "is optional now")

    def _of_others(self, old: Shape, new: Shape) -> Iterator[Difference]:
        """Yield what is different about properties that are not listed."""
        word = "additionalProperties"
        places = old.where(word, "unevaluatedProperties"), new.where(word, "unevaluatedProperties")
        if old.closed != new.closed:
            kind = Kind.OBJECT_CLOSED if new.closed else Kind.OBJECT_OPENED
            what = "takes no other properties any more" if new.closed else "takes other properties now"
            yield Difference(kind, (), *places, what)
        elif not old.closed and (isinstance(old.additional, dict) or isinstance(new.additional, dict)):
            yield from _below("*", self.differences(old.additional, new.additional))


def _of_values(old: Shape, new: Shape) -> Iterator[Difference]:
    places = old.where("enum", "const"), new.where("enum", "const")
    if old.values is None and new.values is None:
        return
    if old.values is None:
        yield Difference(Kind.VALUES_LIMITED, (), *places, f"is one of {_listed(new.values or ())} now")
    elif new.values is None:
        yield Difference(Kind.VALUES_FREED, (), *places, f"is no longer one of {_listed(old.values)}")
    elif len(old.values) == 1 and len(new.values) == 1 and old.values != new.values:
        what = f"is {_listed(new.values)} and was {_listed(old.values)}"
        yield Difference(Kind.CONSTANT_CHANGED, (), *places, what)
    else:
        gone = [value for value in old.values if value not in new.values]
        come = [value for value in new.values if value not in old.values]
        if gone:
            yield Difference(Kind.VALUE_REMOVED, (), *places, f"is no longer {_listed(gone)}")
        if come:
            yield Difference(Kind.VALUE_ADDED, (), *places, f"can be {_listed(come)} now")


def _of_sets(old: Shape, new: Shape) -> Iterator[Difference]:
    for word, before, after, kinds in (
        ("pattern", old.patterns, new.patterns, (Kind.PATTERN_ADDED, Kind.PATTERN_REMOVED, Kind.PATTERN_CHANGED)),
        ("format", old.formats, new.formats, (Kind.FORMAT_ADDED, Kind.FORMAT_REMOVED, Kind.FORMAT_CHANGED)),
    ):
        if before == after:
            continue
        added, removed, changed = kinds
        kind = added if before < after else removed if after < before else changed
        if kind is changed and _WIDER.get("".join(before)) == "".join(after):
            kind = removed
        elif kind is changed and _WIDER.get("".join(after)) == "".join(before):
            kind = added
        was, now = (" and ".join(f"`{each}`" for each in sorted(words)) or "none" for words in (before, after))
        yield Difference(kind, (), old.where(word), new.where(word), f"its {word} is {now} and was {was}")


# Formats of which the second takes all that the first does.
_WIDER = {"int32": "int64", "float": "double", "uuid": "", "email": "idn-email", "uri": "uri-reference"}


def _of_notes(old: Shape, new: Shape) -> Iterator[Difference]:
    """Yield what no validator sees."""
    if old.default != new.default:
        what = f"without it {new.default or 'nothing'} is meant, and {old.default or 'nothing'} was"
        yield Difference(Kind.DEFAULT_CHANGED, (), old.where("default"), new.where("default"), what)
    if new.deprecated and not old.deprecated:
        yield Difference(Kind.DEPRECATED, (), old.place, new.where("deprecated"), "is deprecated")
    if old.entity != new.entity and old.entity and new.entity:
        what = "its `x-chat` is different: what it is, or where its canonical fields are"
        yield Difference(Kind.ENTITY_CHANGED, (), old.where("x-chat"), new.where("x-chat"), what)


def _type_kind(old: Shape, new: Shape) -> Kind | None:
    if old.types == new.types or (old.values is not None and new.values is not None):
        return None
    if old.types is None:
        return Kind.TYPE_NARROWED
    if new.types is None or old.types < new.types:
        return Kind.TYPE_WIDENED
    return Kind.TYPE_NARROWED if new.types < old.types else Kind.TYPE_CHANGED


def _removed(*, required: bool, closed: bool) -> Kind:
    if closed:
        return Kind.REQUIRED_PROPERTY_REMOVED if required else Kind.PROPERTY_REMOVED
    return Kind.OPEN_REQUIRED_PROPERTY_REMOVED if required else Kind.OPEN_PROPERTY_REMOVED


def _added(*, required: bool, closed: bool) -> Kind:
    if closed:
        return Kind.REQUIRED_PROPERTY_ADDED if required else Kind.PROPERTY_ADDED
    return Kind.OPEN_REQUIRED_PROPERTY_ADDED if required else Kind.OPEN_PROPERTY_ADDED


def _below(step: str, differences: tuple[Difference, ...]) -> Iterator[Difference]:
    return (replace(each, pointer=(step, *each.pointer)) for each in differences)


def _typed(shape: Shape) -> str:
    if shape.types is None:
        return "of any type"
    names = shape.types - {"integer"} if "number" in shape.types else shape.types
    return " or ".join(sorted(names)) or "impossible"


def _called(shape: Shape) -> str:
    tags = ", ".join(f"{name} {json.loads(value)!r}" for name, value in shape.constants.items())
    return f"the alternative {shape.name or tags or _typed(shape)}"


def _listed(values: tuple[str, ...] | list[str]) -> str:
    return " or ".join(f"`{value}`" for value in values) or "nothing"


def _place(schema: Json, shapes: list[Shape]) -> Place:
    return place_in(schema, "", shapes[0].place)
