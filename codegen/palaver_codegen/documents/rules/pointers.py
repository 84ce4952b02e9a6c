"""Rules about canonical fields: known ones, the needed ones, each with a pointer that hits what it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial

from palaver_codegen.documents.fields import form, schemas_at
from palaver_codegen.documents.problems import Level, Place, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.tree import Json, mapping, text
from palaver_codegen.documents.vocabulary import Field

_At = Callable[[str], Place]

FIELD_UNKNOWN = Rule(
    "field-unknown",
    Level.ERROR,
    Scope.READING,
    title="A canonical field is one of its meaning",
    reason="A field that the vocabulary does not give to the meaning is a mistyped one.",
    remedy="Use a field that the vocabulary lists.",
)
FIELD_REQUIRED = Rule(
    "field-required",
    Level.ERROR,
    Scope.READING,
    title="A meaning has the fields without which it says nothing",
    reason="A message without a content, or a read mark without its owner, cannot be judged or translated.",
    remedy="Add the field with a pointer to where it is.",
)
POINTER_DANGLING = Rule(
    "pointer-dangling",
    Level.ERROR,
    Scope.READING,
    title="A pointer of x-chat hits a declared property",
    reason="Through these pointers alone the judge and the runtime find values in a payload.",
    remedy="Correct the pointer, or declare the property.",
)
FIELD_TYPE = Rule(
    "field-type",
    Level.ERROR,
    Scope.READING,
    title="A pointer of x-chat hits a value of the form that the vocabulary wants",
    reason="Where an id is wanted an object is of no use, and the reverse.",
    remedy="Point to something else, or give the schema its `x-chat.entity`.",
)


@check(FIELD_UNKNOWN, FIELD_REQUIRED, POINTER_DANGLING, FIELD_TYPE)
def operations(subject: Subject) -> Iterator[Problem]:
    """Check `fields` against the payload or request of each operation, and `result` against its answers."""
    for operation in subject.operations:
        meaning = subject.vocabulary.meanings.get(operation.means)
        if meaning is None:
            continue
        for key, known, schemas in (
            ("fields", meaning.fields, [operation.request_schema()]),
            ("result", meaning.result, operation.result_schemas()),
        ):
            given = mapping(operation.chat.get(key))
            place = partial(operation.place, "x-chat", key)
            yield from _fields(operation.document, given, known, schemas, operation.means, place)


@check(FIELD_UNKNOWN, FIELD_REQUIRED, POINTER_DANGLING, FIELD_TYPE)
def entities(subject: Subject) -> Iterator[Problem]:
    """Check the `fields` of each schema that declares to be an entity."""
    for located in subject.schemas:
        chat = mapping(located.schema.get("x-chat"))
        entity = subject.vocabulary.entities.get(text(chat.get("entity")))
        if entity is None:
            continue
        given = mapping(chat.get("fields"))
        place = partial(located.place, "x-chat", "fields")
        yield from _fields(located.document, given, entity.fields, [located.schema], entity.name, place)


def _fields(
    document: dict[str, Json],
    given: Mapping[str, Json],
    known: Mapping[str, Field],
    schemas: Sequence[Json],
    owner: str,
    place: _At,
) -> Iterator[Problem]:
    for name, target in given.items():
        if name not in known:
            close = get_close_matches(name, known, n=1)
            listed = ", ".join(known) or "none"
            remedy = f"did you mean {close[0]!r}?" if close else f"its fields are: {listed}"
            yield FIELD_UNKNOWN.at(place(name), f"{owner!r} has no field {name!r}", remedy)
            continue
        yield from _target(document, known[name], text(target), schemas, place(name))
    for name, field in known.items():
        if field.required and name not in given:
            reason = f"{owner!r} says nothing without {name!r} ({field.summary.rstrip('.')})"
            yield FIELD_REQUIRED.at(place(""), reason, f"add `{name}: /…`")


def _target(
    document: dict[str, Json], field: Field, target: str, schemas: Sequence[Json], place: Place
) -> Iterator[Problem]:
    try:
        hits = [hit for schema in schemas for hit in schemas_at(document, schema, target)]
    except ValueError as error:
        yield POINTER_DANGLING.at(place, str(error), "write a JSON Pointer")
        return
    if not hits:
        reason = f"{target!r} hits nothing in the schema"
        yield POINTER_DANGLING.at(place, reason, "correct the pointer, or declare the property")
    forms = {form(document, hit) for hit in hits}
    wrong = sorted(forms - set(field.types))
    if wrong:
        reason = f"{field.name!r} is to be {' or '.join(field.types)}, and {target!r} is {wrong[0]}"
        remedy = "point to something else, or give the schema its x-chat.entity"
        yield FIELD_TYPE.at(place, reason, remedy)
