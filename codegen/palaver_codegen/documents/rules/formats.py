"""Rules about formats: known ones, and the one that moments have."""

from __future__ import annotations

from collections.abc import Iterator

from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Located, Subject
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, mapping, sequence, text

FORMAT_UNKNOWN = Rule(
    "format-unknown",
    Level.WARNING,
    Scope.STANDARD,
    title="A format is one that JSON Schema or OpenAPI knows",
    reason="An unknown format is silently ignored: nothing is checked.",
    remedy="Correct the name, or say it by a `pattern`.",
)
TIMESTAMP_FORMAT = Rule(
    "timestamp-format",
    Level.WARNING,
    Scope.HOUSE,
    title="A moment that is a string has the format date-time",
    reason="Without it a model holds any text, and clients write moments in whichever form they know.",
    remedy="Add `format: date-time`.",
)

_FORMATS = frozenset(
    {
        "date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6", "iri",
        "iri-reference", "json-pointer", "regex", "relative-json-pointer", "time", "uri", "uri-reference",
        "uri-template", "uuid",
        # OpenAPI's own.
        "binary", "byte", "double", "float", "int32", "int64", "password",
    }
)  # fmt: skip
_MOMENTS = frozenset({"created_at", "updated_at", "deleted_at", "joined_at", "read_at", "timestamp"})


@check(FORMAT_UNKNOWN, TIMESTAMP_FORMAT)
def formats(subject: Subject) -> Iterator[Problem]:
    """Check the format of each schema, and that moments have one."""
    for located in subject.schemas:
        given = located.schema.get("format")
        if isinstance(given, str) and given not in _FORMATS:
            reason = f"no validator knows the format {given!r}"
            yield FORMAT_UNKNOWN.at(located.place("format"), reason, "correct it, or write a `pattern`")
        for name, value in mapping(located.schema.get("properties")).items():
            schema = mapping(resolve(located.document, value))
            if _is_moment(located, name) and _is_text(schema) and "format" not in schema:
                reason = f"{name!r} is a moment, and any text by its schema"
                yield TIMESTAMP_FORMAT.at(located.place("properties", name), reason, "add `format: date-time`")


def _is_moment(located: Located, name: str) -> bool:
    if name.endswith(("At", "_at")) or name.lower() == "timestamp":
        return True
    fields = mapping(mapping(located.schema.get("x-chat")).get("fields"))
    return any(field in _MOMENTS and target == f"/{name}" for field, target in fields.items())


def _is_text(schema: dict[str, Json]) -> bool:
    kind = schema.get("type")
    return text(kind) == "string" or "string" in sequence(kind)
