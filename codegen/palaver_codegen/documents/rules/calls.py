"""Rules about calls over gRPC: that an answer which says no can be told, and read."""

from __future__ import annotations

from collections.abc import Iterator

from palaver_codegen.documents.fields import form, schemas_at
from palaver_codegen.documents.operations import Direction
from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.tree import mapping, text

REFUSAL_POINTER = Rule(
    "refusal-pointer",
    Level.ERROR,
    Scope.READING,
    title="A refusal of a call points to scalars of the answer",
    reason="Whoever judges or calls the service reads the code and the reason of a refusal through these pointers.",
    remedy="Correct the pointer, or declare the field in the .proto file.",
)


@check(REFUSAL_POINTER)
def refusal(subject: Subject) -> Iterator[Problem]:
    """Check that each pointer of a refusal hits a scalar of the answer."""
    for operation in subject.operations:
        if operation.direction is not Direction.CALL:
            continue
        given = mapping(operation.node.get("refusal"))
        pointers = [
            (operation.place("refusal", "when", "pointer"), mapping(given.get("when")).get("pointer")),
            (operation.place("refusal", "code"), given.get("code")),
            (operation.place("refusal", "message"), given.get("message")),
        ]
        for place, target in pointers:
            if target is None:
                continue
            hits = schemas_at(operation.document, operation.node["response"], text(target))
            if not hits:
                reason = f"{text(target)!r} hits nothing in the answer"
                yield REFUSAL_POINTER.at(place, reason, "correct the pointer, or declare the field")
            elif any(form(operation.document, hit) != "scalar" for hit in hits):
                reason = f"{text(target)!r} of a refusal is no scalar"
                yield REFUSAL_POINTER.at(place, reason, "point to a field that holds one value")
