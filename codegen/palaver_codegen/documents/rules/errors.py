"""Rules about error codes: the catalogue and the documents say the same."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from palaver_codegen.documents.operations import Direction
from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.tree import mapping, place_in

ERROR_UNKNOWN = Rule(
    "error-unknown",
    Level.ERROR,
    Scope.READING,
    title="An error code that is named is in the catalogue",
    reason="The catalogue says of each code which status it has and whether a retry may help; a code outside it has "
    "neither.",
    remedy="Correct the code, or add it to common/errors.yaml.",
)
ERROR_UNUSED = Rule(
    "error-unused",
    Level.ERROR,
    Scope.HOUSE,
    title="An error code of the catalogue is named by an operation",
    reason="A code that no operation can return is one that no client has to handle, and no scenario proves.",
    remedy="Name it in the `x-chat.errors` of what can be refused with it, or remove it.",
)
ERROR_MISSING = Rule(
    "error-missing",
    Level.ERROR,
    Scope.READING,
    title="What clients ask for names the codes that it can be refused with",
    reason="Any request can fail. Without the codes neither a client nor the judge knows which failures are within the "
    "contract.",
    remedy="List the codes in `x-chat.errors`.",
)
ERROR_RESPONSE = Rule(
    "error-response",
    Level.ERROR,
    Scope.READING,
    title="An error code has a response of its status",
    reason="A REST operation that names a code of status 404, and declares no response 404, says two things at once.",
    remedy="Add the response, or remove the code.",
)
RESPONSE_UNEXPLAINED = Rule(
    "response-unexplained",
    Level.ERROR,
    Scope.READING,
    title="A refusal belongs to an error code",
    reason="A 4xx or 5xx response that no code of the operation has leaves open when it is given.",
    remedy="Name the code in `x-chat.errors`, or remove the response.",
)


@check(ERROR_UNKNOWN)
def unknown(subject: Subject) -> Iterator[Problem]:
    """Every code that an operation names, or a word of the wire stands for, is in the catalogue."""
    for operation in subject.operations:
        for index, code in enumerate(operation.errors):
            if code not in subject.bundle.catalogue:
                close = get_close_matches(code, subject.bundle.catalogue, n=1)
                remedy = f"did you mean {close[0]}?" if close else "add it to common/errors.yaml"
                place = operation.place("x-chat", "errors", index)
                yield ERROR_UNKNOWN.at(place, f"error code {code!r} is not in the catalogue", remedy)
    for located in subject.schemas:
        for word, meant in mapping(mapping(located.schema.get("x-chat")).get("codes")).items():
            if meant not in subject.bundle.catalogue:
                reason = f"error code {meant!r}, which {word!r} stands for, is not in the catalogue"
                yield ERROR_UNKNOWN.at(located.place("x-chat", "codes", word), reason, "choose one that is")


@check(ERROR_UNUSED)
def unused(subject: Subject) -> Iterator[Problem]:
    """Every code of the catalogue is named by some operation of some dialect."""
    named = {code for operation in subject.operations for code in operation.errors} | subject.elsewhere
    for code in subject.bundle.catalogue:
        if code not in named:
            place = place_in(subject.bundle.catalogue, code)
            yield ERROR_UNUSED.at(place, f"no operation names {code!r}", "name it in x-chat.errors, or remove it")


@check(ERROR_MISSING)
def missing(subject: Subject) -> Iterator[Problem]:
    """Whatever a client may ask for can be refused."""
    for operation in subject.operations:
        if operation.direction is not Direction.EVENT_OUT and not operation.errors:
            reason = f"{operation.key!r} names no error codes"
            remedy = "list in x-chat.errors what it can be refused with, INTERNAL_ERROR at least"
            yield ERROR_MISSING.at(operation.place(), reason, remedy)


@check(ERROR_RESPONSE, RESPONSE_UNEXPLAINED)
def response(subject: Subject) -> Iterator[Problem]:
    """Each code of a REST operation has a response of its status, and each refusal a code."""
    for operation in subject.operations:
        if operation.direction is not Direction.REQUEST:
            continue
        responses = mapping(operation.node.get("responses"))
        statuses = {code: mapping(subject.bundle.catalogue.get(code)).get("status") for code in operation.errors}
        for index, code in enumerate(operation.errors):
            status = statuses[code]
            if status is not None and str(status) not in responses:
                reason = f"{code} has the status {status}, for which {operation.key!r} has no response"
                place = operation.place("x-chat", "errors", index)
                yield ERROR_RESPONSE.at(place, reason, f"add a response {status}, or remove the code")
        for status in responses:
            if status[:1] in ("4", "5") and status not in {str(known) for known in statuses.values()}:
                reason = f"response {status} belongs to none of the error codes of {operation.key!r}"
                place = operation.place("responses", status)
                yield RESPONSE_UNEXPLAINED.at(place, reason, "name the code in x-chat.errors, or remove it")
