"""Rules about meanings: every operation has one, from the vocabulary and of its kind, or is the authors' own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from palaver_codegen.documents.operations import Direction
from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.tree import Json, mapping
from palaver_codegen.documents.vocabulary import Kind

OPERATION_KEYS: Final[Mapping[str, str]] = {
    "means": "What it is in the vocabulary.",
    "own": "What it is called instead, where it is no matter of chats in general but of the authors' own.",
    "fields": "By canonical field, where it is in what is sent, as a JSON Pointer.",
    "result": "By canonical field, where it is in the answer that says yes.",
    "errors": "The codes with which it may be refused.",
    "emits": "The meanings of the events that others get when it succeeds.",
    "entry": "`true` for a `room.join` without which a connection hears nothing of a conversation.",
    "order": "How what is listed is sorted: `ascending` unless it says `descending`.",
}
"""What `x-chat` of an operation may have, and what each says."""

SCHEMA_KEYS: Final[Mapping[str, str]] = {
    "entity": "Which thing of the vocabulary it is.",
    "fields": "By canonical field, where it is in the thing, as a JSON Pointer.",
    "codes": "For an error that has words of its own: by word, which code it says.",
}
"""What `x-chat` of a schema may have, and what each says."""

_VALUES: Mapping[str, tuple[Json, ...]] = {"entry": (True,), "order": ("ascending", "descending")}

MEANING_MISSING = Rule(
    "meaning-missing",
    Level.ERROR,
    Scope.HOUSE,
    title="An operation says what it means",
    reason="Without a meaning the operation takes no part in conformance, and nobody can tell what it is to do.",
    remedy="Add `x-chat: {means: …}` from the vocabulary.",
)
MEANING_UNKNOWN = Rule(
    "meaning-unknown",
    Level.ERROR,
    Scope.READING,
    title="A meaning is in the vocabulary",
    reason="Nothing knows what to do with a word of one's own.",
    remedy="Choose a meaning of the vocabulary.",
)
ENTITY_UNKNOWN = Rule(
    "entity-unknown",
    Level.ERROR,
    Scope.READING,
    title="An entity is in the vocabulary",
    reason="Nothing knows what to do with a word of one's own.",
    remedy="Choose an entity of the vocabulary.",
)
MEANING_KIND = Rule(
    "meaning-kind",
    Level.ERROR,
    Scope.READING,
    title="A meaning is of the operation's own kind",
    reason="What the server sends is an event, and what clients ask for an operation: the vocabulary keeps them apart.",
    remedy="Choose a meaning of the other kind, or turn the `action` round.",
)
OWN_MEANING = Rule(
    "own-meaning",
    Level.ERROR,
    Scope.STANDARD,
    title="What is the authors' own has no meaning of the vocabulary",
    reason="With both nobody knows whether it is judged as the vocabulary has it, or left alone.",
    remedy="Leave out `own` or `means`, or choose another name.",
)
ANNOTATION_KEY = Rule(
    "annotation-key",
    Level.ERROR,
    Scope.READING,
    title="An annotation has only keys that somebody reads",
    reason="A key that nobody reads is a mistyped one.",
    remedy="Correct or remove the key.",
)
ANNOTATION_VALUE = Rule(
    "annotation-value",
    Level.ERROR,
    Scope.READING,
    title="An annotation has only values that somebody knows",
    reason="A value that nobody knows has no effect, or the wrong one.",
    remedy="Write one of the values that the message lists.",
)


@check(MEANING_MISSING)
def missing(subject: Subject) -> Iterator[Problem]:
    """Every operation says what it means, or that it is the authors' own."""
    for operation in subject.operations:
        if not operation.means and not operation.own:
            place = operation.place("x-chat") if operation.chat else operation.place()
            reason = f"{operation.key!r} does not say what it means"
            remedy = "add `x-chat: {means: …}` from the vocabulary, or `x-chat: {own: …}` for what is yours alone"
            yield MEANING_MISSING.at(place, reason, remedy)


@check(MEANING_UNKNOWN, ENTITY_UNKNOWN)
def unknown(subject: Subject) -> Iterator[Problem]:
    """Every meaning, and every entity, is in the vocabulary."""
    meanings, entities = subject.vocabulary.meanings, subject.vocabulary.entities
    for operation in subject.operations:
        if operation.means and operation.means not in meanings:
            close = get_close_matches(operation.means, meanings, n=1)
            remedy = f"did you mean {close[0]!r}?" if close else "choose one of the vocabulary"
            reason = f"the vocabulary has no meaning {operation.means!r}"
            yield MEANING_UNKNOWN.at(operation.place("x-chat", "means"), reason, remedy)
    for located in subject.schemas:
        entity = mapping(located.schema.get("x-chat")).get("entity")
        if "x-chat" in located.schema and entity not in entities:
            reason = f"the vocabulary has no entity {entity!r}"
            remedy = f"choose one of {', '.join(entities)}"
            yield ENTITY_UNKNOWN.at(located.place("x-chat", "entity"), reason, remedy)


@check(OWN_MEANING)
def own(subject: Subject) -> Iterator[Problem]:
    """Check that what is the authors' own has no meaning besides, nor the name of one."""
    for operation in subject.operations:
        place = operation.place("x-chat", "own")
        if operation.own and operation.means:
            reason = f"{operation.key!r} means {operation.means!r} and is the authors' own too"
            yield OWN_MEANING.at(place, reason, "leave one of them out")
        elif operation.own in subject.vocabulary.meanings:
            reason = f"{operation.own!r} is a meaning of the vocabulary"
            yield OWN_MEANING.at(place, reason, "write it as `means`, or choose another name")


@check(MEANING_KIND)
def kind(subject: Subject) -> Iterator[Problem]:
    """Check that what the server sends means an event, and what clients ask for an operation."""
    for operation in subject.operations:
        meaning = subject.vocabulary.meanings.get(operation.means)
        expected = Kind.EVENT if operation.direction is Direction.EVENT_OUT else Kind.OPERATION
        if meaning is not None and meaning.kind is not expected:
            reason = f"{operation.means!r} is a meaning of an {meaning.kind}, and {operation.key!r} is an {expected}"
            remedy = f"choose a meaning of an {expected}"
            yield MEANING_KIND.at(operation.place("x-chat", "means"), reason, remedy)


@check(ANNOTATION_KEY, ANNOTATION_VALUE)
def keys(subject: Subject) -> Iterator[Problem]:
    """Refuse keys of an annotation that nobody reads, and values that nobody knows."""
    for operation in subject.operations:
        for key in operation.chat:
            if key not in OPERATION_KEYS:
                place = operation.place("x-chat", key)
                remedy = f"the keys of an operation are {', '.join(OPERATION_KEYS)}"
                yield ANNOTATION_KEY.at(place, f"x-chat has no key {key!r}", remedy)
            elif key in _VALUES and operation.chat[key] not in _VALUES[key]:
                known = " or ".join(str(value).lower() for value in _VALUES[key])
                reason = f"{key} is {operation.chat[key]!r}"
                yield ANNOTATION_VALUE.at(operation.place("x-chat", key), reason, f"write {known}, or leave it out")
    for located in subject.schemas:
        for key in mapping(located.schema.get("x-chat")):
            if key not in SCHEMA_KEYS:
                remedy = f"the keys of a schema are {', '.join(SCHEMA_KEYS)}"
                yield ANNOTATION_KEY.at(located.place("x-chat", key), f"x-chat has no key {key!r}", remedy)
