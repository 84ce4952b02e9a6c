"""What a schema allows, in words: lengths, ranges, patterns, formats and lists of values."""

from __future__ import annotations

import json
from collections.abc import Iterator

from palaver_codegen.documents.tree import Json, sequence, text

_FORMATS = {
    "date-time": "a date and time (RFC 3339)",
    "date": "a date (RFC 3339)",
    "time": "a time (RFC 3339)",
    "email": "an e-mail address",
    "hostname": "a host name",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "password": "a secret",
    "uri": "a URI",
    "uri-reference": "a URI, or a part of one",
    "uuid": "a UUID",
    "int32": "32 bits",
    "int64": "64 bits",
}


def bounds(schema: dict[str, Json]) -> Iterator[str]:
    """Yield what else than its type a value has to satisfy, lists of values apart."""
    form = text(schema.get("format"))
    if form:
        yield _FORMATS.get(form, form)
    yield from _span(schema, "minLength", "maxLength", "character")
    yield from _range(schema)
    if "multipleOf" in schema:
        yield f"a multiple of {schema['multipleOf']}"
    yield from _span(schema, "minItems", "maxItems", "item")
    if schema.get("uniqueItems") is True:
        yield "no item twice"
    yield from _span(schema, "minProperties", "maxProperties", "field")
    if text(schema.get("pattern")):
        yield f"matches {schema['pattern']}"
    if schema.get("readOnly") is True:
        yield "read only"
    if schema.get("writeOnly") is True:
        yield "write only"
    if schema.get("deprecated") is True:
        yield "deprecated"


def values(schema: dict[str, Json]) -> list[str]:
    """Return the only values that a schema allows, each as JSON; empty if there is no such list."""
    if "const" in schema:
        return [_json(schema["const"])]
    return [_json(value) for value in sequence(schema.get("enum"))]


def _span(schema: dict[str, Json], low: str, high: str, noun: str) -> Iterator[str]:
    least, most = schema.get(low), schema.get(high)
    if least == most and least is not None:
        yield f"exactly {_many(least, noun)}"
    elif least and most is not None:
        yield f"{least} to {_many(most, noun)}"
    elif least:
        yield f"at least {_many(least, noun)}"
    elif most == 0:
        yield f"no {noun}s"
    elif most is not None:
        yield f"up to {_many(most, noun)}"


def _range(schema: dict[str, Json]) -> Iterator[str]:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        yield f"{least} to {most}"
    elif least is not None:
        yield f"at least {least}"
    elif most is not None:
        yield f"at most {most}"
    if "exclusiveMinimum" in schema:
        yield f"more than {schema['exclusiveMinimum']}"
    if "exclusiveMaximum" in schema:
        yield f"less than {schema['exclusiveMaximum']}"


def _many(count: Json, noun: str) -> str:
    number = f"{count:,}" if isinstance(count, int) else str(count)
    return f"{number} {noun}" if count == 1 else f"{number} {noun}s"


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
