"""Rules about likeness: what has one name or one meaning has one shape, in whichever document it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from palaver_codegen.documents.problems import Level, Place, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, mapping, text

PROPERTY_SHAPES = Rule(
    "property-shapes",
    Level.WARNING,
    Scope.HOUSE,
    title="A property of one name has one type everywhere",
    reason="Who has read `limit` as an integer in one place will not expect a string in another.",
    remedy="Give it the type that it has elsewhere, or another name.",
)
CONCEPT_SHAPES = Rule(
    "concept-shapes",
    Level.WARNING,
    Scope.STANDARD,
    title="A canonical field has one type and format everywhere",
    reason="The id of a conversation that is an integer in one event and a string in another has to be converted by "
    "every client, which none does before the first failure.",
    remedy="Refer to one shared schema from all places.",
)

_SCALARS = ("string", "integer", "number", "boolean")
# Canonical fields of one kind: what fills one of them is what fills the others.
_CONCEPTS = {
    "conversation": "the id of a conversation",
    "user": "the id of a user",
    "sender": "the id of a user",
    "created_by": "the id of a user",
    "recipient": "the id of a user",
    "sequence": "a sequence",
    "revision": "a revision",
    "unread": "a count of unread messages",
    "created_at": "a moment",
    "updated_at": "a moment",
    "deleted_at": "a moment",
    "joined_at": "a moment",
    "read_at": "a moment",
    "timestamp": "a moment",
}


@dataclass(frozen=True)
class _Seen:
    """A shape, and where it was met."""

    shape: str
    place: Place
    name: str


@check(PROPERTY_SHAPES)
def properties(subject: Subject) -> Iterator[Problem]:
    """Compare the scalar types of properties by their names."""
    met: dict[str, list[_Seen]] = {}
    for located in subject.schemas:
        for name, schema in mapping(located.schema.get("properties")).items():
            kind = _kind(mapping(resolve(located.document, schema)))
            if kind:
                met.setdefault(name, []).append(_Seen(kind, located.place("properties", name), name))
    for name, seen in met.items():
        for odd, usual in _minority(seen):
            reason = f"{name!r} is of type {odd.shape} here, and {usual.shape} elsewhere, as in {usual.place}"
            yield PROPERTY_SHAPES.at(odd.place, reason, f"make it {usual.shape}, or give it another name")


@check(CONCEPT_SHAPES)
def concepts(subject: Subject) -> Iterator[Problem]:
    """Compare the shapes of what the pointers of x-chat lead to by the canonical fields."""
    met: dict[str, list[_Seen]] = {}
    for field, schema, place in subject.pointed:
        kind = _kind(schema)
        if field in _CONCEPTS and kind:
            form = text(schema.get("format"))
            met.setdefault(_CONCEPTS[field], []).append(_Seen(f"{kind} ({form})" if form else kind, place, field))
    for concept, seen in met.items():
        for odd, usual in _minority(seen):
            reason = f"{concept} is {odd.shape} here, and {usual.shape} elsewhere, as in {usual.place}"
            yield CONCEPT_SHAPES.at(odd.place, reason, "refer to one shared schema from both")


def _minority(seen: list[_Seen]) -> Iterator[tuple[_Seen, _Seen]]:
    """Return each that has not the most frequent shape, with one that has it; of equals the first that was met."""
    unique = list({each.place: each for each in seen}.values())
    shapes = Counter(each.shape for each in unique)
    if len(shapes) < 2:
        return
    usual_shape = shapes.most_common(1)[0][0]
    usual = next(each for each in unique if each.shape == usual_shape)
    yield from ((each, usual) for each in unique if each.shape != usual_shape)


def _kind(schema: dict[str, Json]) -> str:
    """Return the scalar type of a schema, null aside; empty if it is none or several."""
    given = schema.get("type")
    kinds = [text(kind) for kind in (given if isinstance(given, list) else [given]) if kind != "null"]
    return kinds[0] if len(kinds) == 1 and kinds[0] in _SCALARS else ""
