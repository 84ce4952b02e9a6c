"""Rules about REST endpoints: paths, parameters, bodies, and what is answered."""

from __future__ import annotations

import re
from collections.abc import Iterator

from palaver_codegen.documents.operations import Direction, Operation
from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.schemas import METHODS, resolve
from palaver_codegen.documents.tree import Json, entries, mapping, sequence, text

PATH_PARAMETER = Rule(
    "path-parameter",
    Level.ERROR,
    Scope.STANDARD,
    title="The placeholders of a path are its path parameters",
    reason="A placeholder without a parameter has no schema, and a parameter without a placeholder is never sent.",
    remedy="Declare a parameter with `in: path` for each `{…}`, under the same name.",
)
PATH_DUPLICATE = Rule(
    "path-duplicate",
    Level.ERROR,
    Scope.STANDARD,
    title="No two paths match the same addresses",
    reason="`/rooms/{id}` and `/rooms/{name}` are one path to a router: which of them answers is left to chance.",
    remedy="Join the two, or make the fixed parts differ.",
)
PATH_STYLE = Rule(
    "path-style",
    Level.WARNING,
    Scope.HOUSE,
    title="A path has no trailing slash, empty part or query",
    reason="Routers differ in whether `/rooms/` is `/rooms`, and a query belongs into parameters.",
    remedy="Write the path without it.",
)
OPERATION_NAMELESS = Rule(
    "operation-nameless",
    Level.WARNING,
    Scope.HOUSE,
    title="A REST operation has an operationId",
    reason="Generated handlers, clients and links to the reference are called by it, and would change with the path.",
    remedy="Add `operationId`, a verb and a noun.",
)
OPERATION_DUPLICATE = Rule(
    "operation-duplicate",
    Level.ERROR,
    Scope.STANDARD,
    title="An operationId is given once",
    reason="OpenAPI asks for it, and of two handlers of one name one is lost.",
    remedy="Rename one of the two.",
)
PARAMETER_DUPLICATE = Rule(
    "parameter-duplicate",
    Level.ERROR,
    Scope.STANDARD,
    title="A parameter is declared once",
    reason="Which of two declarations holds is left to whoever reads them.",
    remedy="Remove one of the two.",
)
BODY_UNEXPECTED = Rule(
    "body-unexpected",
    Level.WARNING,
    Scope.STANDARD,
    title="GET, HEAD and DELETE carry no body",
    reason="HTTP gives such a body no meaning: proxies drop it, and some clients cannot send it.",
    remedy="Use parameters, or POST.",
)
RESPONSE_SCHEMALESS = Rule(
    "response-schemaless",
    Level.WARNING,
    Scope.HOUSE,
    title="A successful response has a schema",
    reason="Without one nothing is generated or judged of what clients get.",
    remedy="Add `content` with a schema, or answer with 204.",
)
RESPONSE_BODY = Rule(
    "response-body",
    Level.WARNING,
    Scope.STANDARD,
    title="A response that has no body by its status declares none",
    reason="With 204, 205 and 304 a server must send none.",
    remedy="Remove `content`, or answer with 200.",
)

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BODILESS_METHODS = ("get", "head", "delete")
_BODILESS_STATUSES = ("204", "205", "304")


@check(PATH_DUPLICATE, PATH_STYLE)
def paths(subject: Subject) -> Iterator[Problem]:
    """Check the paths by themselves and against one another."""
    document = subject.bundle.openapi
    if document is None:
        return
    first: dict[str, str] = {}
    for url in mapping(document.get("paths")):
        place = subject.place(document, "paths", url)
        other = first.setdefault(_PLACEHOLDER.sub("{}", url), url)
        if other != url:
            reason = f"{url!r} matches what {other!r} matches"
            yield PATH_DUPLICATE.at(place, reason, "join the two, or make the fixed parts differ")
        if (url.endswith("/") and url != "/") or "//" in url or "?" in url:
            yield PATH_STYLE.at(place, f"{url!r} has a trailing slash, an empty part or a query", "write it without")


@check(PATH_PARAMETER, PARAMETER_DUPLICATE)
def parameters(subject: Subject) -> Iterator[Problem]:
    """Check the parameters of each operation against its path."""
    document = subject.bundle.openapi
    if document is None:
        return
    for url, item in entries(document.get("paths")):
        yield from _repeated(subject, document, item, ("paths", url))
        for method, node in entries(item):
            if method in METHODS:
                yield from _repeated(subject, document, node, ("paths", url, method))
    for operation in _requests(subject):
        url = str(operation.path[1])
        wanted = set(_PLACEHOLDER.findall(url))
        given = {text(each.get("name")) for each in operation.parameters() if each.get("in") == "path"}
        for name in sorted(wanted - given):
            reason = f"{operation.key!r} declares no parameter for {{{name}}} of its path"
            yield PATH_PARAMETER.at(operation.place(), reason, f"declare {name!r} with `in: path`")
        for name in sorted(given - wanted):
            reason = f"{operation.key!r} has a path parameter {name!r}, and its path no {{{name}}}"
            yield PATH_PARAMETER.at(operation.place(), reason, "correct the name, or the path")


@check(OPERATION_NAMELESS, OPERATION_DUPLICATE)
def identities(subject: Subject) -> Iterator[Problem]:
    """Check that each operation has a name of its own."""
    first: dict[str, Operation] = {}
    for operation in _requests(subject):
        name = text(operation.node.get("operationId"))
        if not name:
            reason = f"{operation.key!r} has no operationId"
            yield OPERATION_NAMELESS.at(operation.place(), reason, "add one: a verb and a noun")
        elif first.setdefault(name, operation) is not operation:
            reason = f"operationId {name!r} is also that of {first[name].place()}"
            yield OPERATION_DUPLICATE.at(operation.place("operationId"), reason, "rename one of the two")


@check(BODY_UNEXPECTED, RESPONSE_SCHEMALESS, RESPONSE_BODY)
def bodies(subject: Subject) -> Iterator[Problem]:
    """Check what requests and answers carry against method and status."""
    for operation in _requests(subject):
        method = str(operation.path[2])
        if method in _BODILESS_METHODS and "requestBody" in operation.node:
            place = operation.place("requestBody")
            yield BODY_UNEXPECTED.at(place, f"{method.upper()} has a body", "use parameters, or POST")
        for status, response in mapping(operation.node.get("responses")).items():
            content = mapping(mapping(resolve(operation.document, response)).get("content"))
            place = operation.place("responses", status)
            if status in _BODILESS_STATUSES and content:
                yield RESPONSE_BODY.at(
                    place, f"a response {status} has no body", "remove `content`, or answer with 200"
                )
            elif status[:1] == "2" and status not in _BODILESS_STATUSES and not _has_schema(content):
                reason = f"response {status} of {operation.key!r} has no schema"
                yield RESPONSE_SCHEMALESS.at(place, reason, "add `content` with one, or answer with 204")


def _requests(subject: Subject) -> Iterator[Operation]:
    return (operation for operation in subject.operations if operation.direction is Direction.REQUEST)


def _has_schema(content: dict[str, Json]) -> bool:
    return any("schema" in media for _, media in entries(content))


def _repeated(
    subject: Subject, document: dict[str, Json], holder: dict[str, Json], path: tuple[str, ...]
) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for index, item in enumerate(sequence(holder.get("parameters"))):
        parameter = mapping(resolve(document, item))
        key = text(parameter.get("in")), text(parameter.get("name"))
        if key in seen:
            reason = f"the {key[0]} parameter {key[1]!r} is declared twice"
            yield PARAMETER_DUPLICATE.at(subject.place(document, *path, "parameters", index), reason, "remove one")
        seen.add(key)
