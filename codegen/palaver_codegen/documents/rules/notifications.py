"""Rules about notifications: what triggers an event, and that the event is there."""

from __future__ import annotations

from collections.abc import Iterator

from palaver_codegen.documents.operations import Direction
from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.tree import sequence, text
from palaver_codegen.documents.vocabulary import Kind

EMITS_UNKNOWN = Rule(
    "emits-unknown",
    Level.ERROR,
    Scope.READING,
    title="What an operation emits exists",
    reason="A meaning in `emits` that no event of the document has is waited for in vain.",
    remedy="Add the event, or remove the meaning from `emits`.",
)
NOTIFICATION_UNTRIGGERED = Rule(
    "notification-untriggered",
    Level.ERROR,
    Scope.HOUSE,
    title="Something triggers an event",
    reason="An event that no operation emits is never sent, or nobody knows when.",
    remedy="Add its meaning to the `emits` of what triggers it.",
)


@check(EMITS_UNKNOWN)
def emitted(subject: Subject) -> Iterator[Problem]:
    """Whatever an operation emits, the document has an event of that meaning."""
    sent = {
        operation.means or operation.own
        for operation in subject.operations
        if operation.direction is Direction.EVENT_OUT
    }
    for operation in subject.operations:
        for index, meaning in enumerate(sequence(operation.chat.get("emits"))):
            if text(meaning) not in sent:
                reason = f"{operation.key!r} emits {text(meaning)!r}, which no send operation means"
                place = operation.place("x-chat", "emits", index)
                yield EMITS_UNKNOWN.at(place, reason, "add the event, or remove it from emits")


@check(NOTIFICATION_UNTRIGGERED)
def triggered(subject: Subject) -> Iterator[Problem]:
    """Something triggers every event, those aside that come by themselves."""
    emits = {text(meaning) for operation in subject.operations for meaning in sequence(operation.chat.get("emits"))}
    for operation in subject.operations:
        meaning = subject.vocabulary.meanings.get(operation.means)
        if operation.direction is not Direction.EVENT_OUT or meaning is None:
            continue
        if meaning.kind is Kind.EVENT and not meaning.spontaneous and meaning.name not in emits:
            reason = f"nothing triggers {meaning.name!r}: no operation has it in x-chat.emits"
            place = operation.place("x-chat", "means")
            yield NOTIFICATION_UNTRIGGERED.at(place, reason, "add it to the emits of what triggers it")
