"""Rules about size: what a client may send has bounds, in every direction in which it could grow."""

from __future__ import annotations

from collections.abc import Iterator

from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Located, Subject
from palaver_codegen.documents.tree import Json, sequence, text

STRING_UNBOUNDED = Rule(
    "string-unbounded",
    Level.WARNING,
    Scope.HOUSE,
    title="A string in a request has a maximal length",
    reason="What has no bound in the document has none in the generated model: a client may send megabytes.",
    remedy="Add `maxLength`, an `enum`, or a `pattern` of bounded length.",
)
ARRAY_UNBOUNDED = Rule(
    "array-unbounded",
    Level.WARNING,
    Scope.HOUSE,
    title="An array in a request has a maximal length",
    reason="Work and memory grow with each item, and one request can carry as many as fit into a frame.",
    remedy="Add `maxItems`.",
)
INTEGER_UNBOUNDED = Rule(
    "integer-unbounded",
    Level.WARNING,
    Scope.HOUSE,
    title="A number in a request has a minimum and a maximum",
    reason="Numbers beyond 2^53 lose digits in JavaScript, those beyond 2^63 are refused by databases, and who may ask "
    "for any number of items may ask for all of them.",
    remedy="Add `minimum` and `maximum`.",
)
OBJECT_UNBOUNDED = Rule(
    "object-unbounded",
    Level.WARNING,
    Scope.HOUSE,
    title="An object of free keys in a request has a maximal size",
    reason="It is stored and sent on as it came; without a bound it is as large as a frame may be.",
    remedy="Add `maxProperties`.",
)
OBJECT_OPEN = Rule(
    "object-open",
    Level.WARNING,
    Scope.HOUSE,
    title="An object in a request lets no unknown property in",
    reason="A mistyped optional property would be ignored, and the client would believe that it was heard.",
    remedy="Add `additionalProperties: false`.",
)
LIST_UNPAGED = Rule(
    "list-unpaged",
    Level.WARNING,
    Scope.HOUSE,
    title="A list that is asked for has a limit",
    reason="A list grows with use: what fits into an answer today will not in a year.",
    remedy="Add a parameter for the limit, and name it in `x-chat.fields`; or give the array of the answer `maxItems`.",
)


@check(STRING_UNBOUNDED, ARRAY_UNBOUNDED, INTEGER_UNBOUNDED, OBJECT_UNBOUNDED, OBJECT_OPEN)
def requests(subject: Subject) -> Iterator[Problem]:
    """Find what can grow without end in whatever clients send."""
    for located in subject.requested:
        schema = located.schema
        if "enum" in schema or "const" in schema:
            continue
        name = located.name
        for kind in _types(schema.get("type")):
            if kind == "string" and not _bounded_string(schema):
                yield STRING_UNBOUNDED.at(located.place(), f"{name} can be of any length", "add `maxLength`")
            elif kind == "array" and "maxItems" not in schema:
                yield ARRAY_UNBOUNDED.at(located.place(), f"{name} can have any number of items", "add `maxItems`")
            elif kind in ("integer", "number") and not _bounded_number(schema):
                missing = " and ".join(word for word in ("minimum", "maximum") if not _bound(schema, word))
                yield INTEGER_UNBOUNDED.at(located.place(), f"{name} has no {missing}", f"add `{missing}`")
            elif kind == "object":
                yield from _objects(located, is_call="grpc" in located.document)


def _objects(located: Located, *, is_call: bool) -> Iterator[Problem]:
    schema, name = located.schema, located.name
    if schema.get("properties"):
        # protobuf knows no unknown properties, browsers add headers of their own, an intersection is closed as a whole.
        exempt = is_call or located.is_handshake or "allOf" in located.path
        if schema.get("additionalProperties") is not False and not exempt:
            remedy = "add `additionalProperties: false`"
            yield OBJECT_OPEN.at(located.place(), f"{name} takes properties that nobody knows", remedy)
    elif schema.get("additionalProperties") is not False and "maxProperties" not in schema:
        yield OBJECT_UNBOUNDED.at(located.place(), f"{name} can have any number of entries", "add `maxProperties`")


@check(LIST_UNPAGED)
def lists(subject: Subject) -> Iterator[Problem]:
    """Check that lists are asked for by the piece."""
    for operation in subject.operations:
        meaning = subject.vocabulary.meanings.get(operation.means)
        if meaning is None or "limit" not in meaning.fields:
            continue
        fields = subject.targets(operation, "fields")
        lists = [
            hit for hits in subject.targets(operation, "result").values() for hit in hits if hit.get("type") == "array"
        ]
        if "limit" not in fields and any("maxItems" not in schema for schema in lists):
            reason = f"{operation.key!r} answers with a list, and takes no limit"
            remedy = "take one, and name it in x-chat.fields; or give the list `maxItems`"
            yield LIST_UNPAGED.at(operation.place("x-chat", "means"), reason, remedy)


def _types(value: Json) -> list[str]:
    return [text(item) for item in sequence(value)] if isinstance(value, list) else [text(value)]


# Each of these has one length, or one form that a validator checks.
_SIZED = frozenset({"date", "date-time", "time", "uuid", "ipv4", "ipv6"})


def _bounded_string(schema: dict[str, Json]) -> bool:
    pattern = text(schema.get("pattern"))
    closed = pattern.startswith("^") and pattern.endswith("$") and not any(sign in pattern for sign in ("*", "+", ",}"))
    return "maxLength" in schema or text(schema.get("format")) in _SIZED or closed


def _bounded_number(schema: dict[str, Json]) -> bool:
    return _bound(schema, "minimum") and _bound(schema, "maximum")


def _bound(schema: dict[str, Json], word: str) -> bool:
    return word in schema or f"exclusive{word.capitalize()}" in schema
