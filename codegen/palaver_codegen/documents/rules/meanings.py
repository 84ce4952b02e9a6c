"""Rules about meanings: every operation has one, from the vocabulary and of its kind, or is the authors' own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from palaver_codegen.documents.operations import Direction
from palaver_codegen.documents.problems import Problem
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.tree import Json, mapping
from palaver_codegen.documents.vocabulary import Kind

_OPERATION_KEYS = ("means", "own", "fields", "result", "errors", "emits", "entry", "order")
_VALUES: Mapping[str, tuple[Json, ...]] = {"entry": (True,), "order": ("ascending", "descending")}
_SCHEMA_KEYS = ("entity", "fields", "codes")


def missing(subject: Subject) -> Iterator[Problem]:
    """Every operation says what it means, or that it is the authors' own."""
    for operation in subject.operations:
        if not operation.means and not operation.own:
            place = operation.place("x-chat") if operation.chat else operation.place()
            reason = f"{operation.key!r} does not say what it means"
            remedy = "add `x-chat: {means: …}` from the vocabulary, or `x-chat: {own: …}` for what is yours alone"
            yield Problem(place, "meaning-missing", reason, remedy)


def unknown(subject: Subject) -> Iterator[Problem]:
    """Every meaning, and every entity, is in the vocabulary."""
    meanings, entities = subject.vocabulary.meanings, subject.vocabulary.entities
    for operation in subject.operations:
        if operation.means and operation.means not in meanings:
            close = get_close_matches(operation.means, meanings, n=1)
            remedy = f"did you mean {close[0]!r}?" if close else "choose one of the vocabulary"
            reason = f"the vocabulary has no meaning {operation.means!r}"
            yield Problem(operation.place("x-chat", "means"), "meaning-unknown", reason, remedy)
    for located in subject.schemas:
        entity = mapping(located.schema.get("x-chat")).get("entity")
        if "x-chat" in located.schema and entity not in entities:
            reason = f"the vocabulary has no entity {entity!r}"
            remedy = f"choose one of {', '.join(entities)}"
            yield Problem(located.place("x-chat", "entity"), "entity-unknown", reason, remedy)


def own(subject: Subject) -> Iterator[Problem]:
    """Check that what is the authors' own has no meaning besides, nor the name of one."""
    for operation in subject.operations:
        place = operation.place("x-chat", "own")
        if operation.own and operation.means:
            reason = f"{operation.key!r} means {operation.means!r} and is the authors' own too"
            yield Problem(place, "own-meaning", reason, "leave one of them out")
        elif operation.own in subject.vocabulary.meanings:
            reason = f"{operation.own!r} is a meaning of the vocabulary"
            yield Problem(place, "own-meaning", reason, "write it as `means`, or choose another name")


def kind(subject: Subject) -> Iterator[Problem]:
    """Check that what the server sends means an event, and what clients ask for an operation."""
    for operation in subject.operations:
        meaning = subject.vocabulary.meanings.get(operation.means)
        expected = Kind.EVENT if operation.direction is Direction.EVENT_OUT else Kind.OPERATION
        if meaning is not None and meaning.kind is not expected:
            reason = f"{operation.means!r} is a meaning of an {meaning.kind}, and {operation.key!r} is an {expected}"
            remedy = f"choose a meaning of an {expected}"
            yield Problem(operation.place("x-chat", "means"), "meaning-kind", reason, remedy)


def keys(subject: Subject) -> Iterator[Problem]:
    """Refuse keys of an annotation that nobody reads, and values that nobody knows."""
    for operation in subject.operations:
        for key in operation.chat:
            if key not in _OPERATION_KEYS:
                place = operation.place("x-chat", key)
                remedy = f"the keys of an operation are {', '.join(_OPERATION_KEYS)}"
                yield Problem(place, "annotation-key", f"x-chat has no key {key!r}", remedy)
            elif key in _VALUES and operation.chat[key] not in _VALUES[key]:
                known = " or ".join(str(value).lower() for value in _VALUES[key])
                reason = f"{key} is {operation.chat[key]!r}"
                yield Problem(
                    operation.place("x-chat", key), "annotation-value", reason, f"write {known}, or leave it out"
                )
    for located in subject.schemas:
        for key in mapping(located.schema.get("x-chat")):
            if key not in _SCHEMA_KEYS:
                remedy = f"the keys of a schema are {', '.join(_SCHEMA_KEYS)}"
                yield Problem(located.place("x-chat", key), "annotation-key", f"x-chat has no key {key!r}", remedy)
