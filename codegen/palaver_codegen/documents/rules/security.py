"""Rules about security: what it takes to call an endpoint is said, and so is what happens without it."""

from __future__ import annotations

from collections.abc import Iterator

from palaver_codegen.documents.operations import Direction, Operation
from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.tree import Json, mapping, sequence

SECURITY_UNKNOWN = Rule(
    "security-unknown",
    Level.ERROR,
    Scope.STANDARD,
    title="A security scheme that is required is declared",
    reason="Nobody can know how to satisfy a requirement that names nothing.",
    remedy="Declare it in `components.securitySchemes`, or correct the name.",
)
SECURITY_MISSING = Rule(
    "security-missing",
    Level.WARNING,
    Scope.HOUSE,
    title="A REST operation says who may call it",
    reason="An endpoint without security may be meant to be open, or somebody forgot.",
    remedy="Add `security` to the document or the operation; `security: []` where everybody may call it.",
)
UNAUTHORIZED_UNSECURED = Rule(
    "unauthorized-unsecured",
    Level.WARNING,
    Scope.HOUSE,
    title="Only what takes credentials answers with 401",
    reason="An endpoint that everybody may call has nothing to be unauthorised for.",
    remedy="Add `security`, or remove the response 401; a request that carries a password or a token is excepted.",
)
SECURED_UNANSWERED = Rule(
    "secured-unanswered",
    Level.WARNING,
    Scope.HOUSE,
    title="What is secured declares the response 401",
    reason="Without credentials something is answered, and clients have to know its form.",
    remedy="Add a response 401, and its code to `x-chat.errors`.",
)

# With one of these a request carries its own credentials.
_CREDENTIALS = frozenset({"password", "refresh_token", "token"})


@check(SECURITY_UNKNOWN, SECURITY_MISSING, UNAUTHORIZED_UNSECURED, SECURED_UNANSWERED)
def requests(subject: Subject) -> Iterator[Problem]:
    """Check the security of every endpoint against the document's schemes and its own responses."""
    document = subject.bundle.openapi
    if document is None:
        return
    schemes = mapping(mapping(document.get("components")).get("securitySchemes"))
    yield from _named(subject, document, document, (), schemes)
    for operation in subject.operations:
        if operation.direction is Direction.REQUEST:
            yield from _named(subject, document, operation.node, operation.path, schemes)
            yield from _answers(operation, document)


def _named(
    subject: Subject,
    document: dict[str, Json],
    holder: dict[str, Json],
    path: tuple[str | int, ...],
    schemes: dict[str, Json],
) -> Iterator[Problem]:
    for index, requirement in enumerate(sequence(holder.get("security"))):
        for name in mapping(requirement):
            if name not in schemes:
                place = subject.place(document, *path, "security", index, name)
                reason = f"no security scheme is called {name!r}"
                yield SECURITY_UNKNOWN.at(
                    place, reason, "declare it in components.securitySchemes, or correct the name"
                )


def _answers(operation: Operation, document: dict[str, Json]) -> Iterator[Problem]:
    holder = operation.node if "security" in operation.node else document
    if "security" not in holder:
        reason = f"nothing says who may call {operation.key!r}"
        yield SECURITY_MISSING.at(operation.place(), reason, "add `security`; `security: []` means everybody")
        return
    requirements = sequence(holder["security"])
    responses = mapping(operation.node.get("responses"))
    if "401" in responses and not any(mapping(each) for each in requirements):
        if not _CREDENTIALS & set(mapping(operation.chat.get("fields"))):
            reason = f"everybody may call {operation.key!r}, and it answers with 401"
            yield UNAUTHORIZED_UNSECURED.at(operation.place("responses", "401"), reason, "add `security`, or remove it")
    # An empty requirement among others means that credentials are optional.
    elif requirements and all(mapping(each) for each in requirements) and "401" not in responses:
        reason = f"{operation.key!r} wants credentials, and declares no response 401"
        yield SECURED_UNANSWERED.at(operation.place(), reason, "add the response, and its code to x-chat.errors")
