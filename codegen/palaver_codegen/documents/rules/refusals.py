"""Rules about the form of refusals: that a program can read them, and that they can say every code."""

from __future__ import annotations

from collections.abc import Iterator

from palaver_codegen.documents.fields import schemas_at
from palaver_codegen.documents.operations import Direction, is_error
from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.tree import Block, mapping, place_in, sequence, text

ERROR_FORM = Rule(
    "error-form",
    Level.WARNING,
    Scope.HOUSE,
    title="A refusal has a schema that is an error",
    reason="A client reads the code from it: without a schema, or one with `x-chat: {entity: error}`, it cannot.",
    remedy="Refer to the dialect's error schema in the response's `content`.",
)
REFUSAL_MISSING = Rule(
    "refusal-missing",
    Level.WARNING,
    Scope.HOUSE,
    title="A reply has a message that says no",
    reason="The operation names error codes, and whoever waits for its acknowledgement is never told one.",
    remedy="Add the refusal to the messages of `reply`: an error of its own, or the event that means `session.error`.",
)
ERROR_ENUM = Rule(
    "error-enum",
    Level.WARNING,
    Scope.HOUSE,
    title="The code of an error can be each code that is named, and no other",
    reason="A code that the enumeration lacks cannot be sent, and one that the catalogue lacks has no meaning.",
    remedy="Make the enumeration, the catalogue and `x-chat.errors` agree.",
)


@check(ERROR_FORM, REFUSAL_MISSING)
def forms(subject: Subject) -> Iterator[Problem]:
    """Check that whatever is refused is refused in the form of an error."""
    for operation in subject.operations:
        if operation.direction is Direction.REQUEST:
            for status, schema in operation.responses().items():
                if status[:1] in ("4", "5") and not is_error(operation.document, schema):
                    reason = f"response {status} of {operation.key!r} is no error that a program can read"
                    remedy = "refer to a schema with `x-chat: {entity: error}`"
                    yield ERROR_FORM.at(operation.place("responses", status), reason, remedy)
        elif operation.errors and operation.replies() and not operation.refusals():
            reason = f"{operation.key!r} can be refused, and its reply cannot say so"
            yield REFUSAL_MISSING.at(operation.place("reply"), reason, "add the refusal to its messages")


@check(ERROR_ENUM)
def codes(subject: Subject) -> Iterator[Problem]:
    """Compare the enumerations of codes with the catalogue, and with what operations name."""
    named = {code for operation in subject.operations for code in operation.errors}
    for located in subject.schemas:
        chat = mapping(located.schema.get("x-chat"))
        if chat.get("entity") != "error":
            continue
        target = text(mapping(chat.get("fields")).get("code"))
        words = mapping(chat.get("codes"))
        if not target.startswith("/"):
            continue
        for schema in schemas_at(located.document, located.schema, target):
            enum = mapping(schema).get("enum")
            if not isinstance(enum, list) or not isinstance(schema, Block):
                continue
            sayable = {text(words.get(text(word), word)) for word in enum}
            for index, word in enumerate(sequence(enum)):
                if text(words.get(text(word), word)) not in subject.bundle.catalogue:
                    reason = f"{word!r} is no code of the catalogue"
                    yield ERROR_ENUM.at(place_in(enum, index), reason, "remove it, or add it to the catalogue")
            for code in sorted((named & set(subject.bundle.catalogue)) - sayable):
                reason = f"{code} is named by an operation, and this enumeration cannot say it"
                yield ERROR_ENUM.at(place_in(schema, "enum"), reason, "add it, or name it nowhere")
