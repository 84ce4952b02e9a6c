"""Values for schemas: the documented example, or one that is made up, the same for the same seed."""

from __future__ import annotations

import re
import string
from importlib import import_module
from random import Random
from typing import Any

from palaver_runtime.mock.schema import Schema

_FORMATS = {
    "date-time": "2026-01-01T12:00:00.000Z",
    "date": "2026-01-01",
    "time": "12:00:00Z",
    "email": "ada@example.org",
    "uri": "https://example.org/",
    "uri-reference": "/a",
    "hostname": "example.org",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
}
_WORDS = ("hello", "there", "quite", "often", "today", "maybe", "again", "thanks")
_TRIES = 50
_DEPTH = 8


class NoValue(Exception):
    """Raised for a schema without an example of which no valid value could be made up."""


def example(schema: Schema, random: Random) -> Any:
    """Return the first valid example of a schema, or a value that is made up; NoValue if that fails."""
    for given in examples(schema):
        if schema.is_valid(given):
            return given
    for _ in range(_TRIES):
        made = _made(schema, random, 0)
        if schema.is_valid(made):
            return made
    raise NoValue(f"no valid value could be made up for {schema.node!r:.200}: write an example")


def examples(schema: Schema) -> list[Any]:
    """Return the examples that stand at a schema."""
    found = list(schema.resolved.get("examples", []))
    return [*found, schema.resolved["example"]] if "example" in schema.resolved else found


def renewed(value: Any, random: Random) -> Any:
    """Return an identifier or counter that looks like another one: of the same length, and of the same signs."""
    if not isinstance(value, str):
        return value
    kept = len(value) // 2
    return value[:kept] + "".join(_like(sign, random) for sign in value[kept:])


def _like(sign: str, random: Random) -> str:
    if sign.isdecimal():
        return random.choice(string.digits)
    if sign in "abcdef":
        return random.choice("abcdef")
    return random.choice(string.ascii_lowercase) if sign in string.ascii_lowercase else sign


def _made(schema: Schema, random: Random, depth: int) -> Any:
    node = _merged(schema)
    here = Schema(schema.document, node)
    given = [each for each in examples(here) if here.is_valid(each)]
    if given:
        return given[0]
    if "const" in node:
        return node["const"]
    if node.get("enum"):
        return random.choice(node["enum"])
    if "default" in node:
        return node["default"]
    kinds = node.get("type")
    kind = next((each for each in kinds if each != "null"), "null") if isinstance(kinds, list) else kinds
    match kind or ("object" if "properties" in node else "array" if "items" in node else "string"):
        case "object":
            return _object(here, random, depth)
        case "array":
            count = min(max(node.get("minItems", 1), 0), node.get("maxItems", 1)) if depth < _DEPTH else 0
            count = max(count, node.get("minItems", 0))
            items = Schema(schema.document, node.get("items", {}))
            return [_made(items, random, depth + 1) for _ in range(count)]
        case "string":
            return _text(node, random)
        case "integer" | "number":
            return _number(node, random, whole=kind == "integer")
        case "boolean":
            return random.random() < 0.5
        case _:
            return None


def _object(schema: Schema, random: Random, depth: int) -> dict[str, Any]:
    node = schema.resolved
    required = node.get("required", [])
    properties = node.get("properties", {})
    least = node.get("minProperties", 0)
    chosen = [name for name in properties if name in required or depth < 1]
    chosen += [name for name in properties if name not in chosen][: max(0, least - len(chosen))]
    most = node.get("maxProperties", len(chosen))
    chosen = sorted(chosen, key=lambda name: name not in required)[:most]
    return {
        name: _made(Schema(schema.document, properties.get(name, {})), random, depth + 1)
        for name in [*chosen, *(name for name in required if name not in properties)]
        if name in required or depth < _DEPTH
    }


def _merged(schema: Schema) -> dict[str, Any]:
    """Return a schema with what it combines laid on one level, of a union the first member."""
    node = dict(schema.resolved)
    members = [*node.pop("allOf", []), *node.pop("oneOf", [])[:1], *node.pop("anyOf", [])[:1]]
    for member in members:
        below = _merged(Schema(schema.document, member))
        for key, value in below.items():
            if key in ("properties", "required") and key in node:
                node[key] = {**value, **node[key]} if isinstance(value, dict) else [*node[key], *value]
            else:
                node.setdefault(key, value)
    return node


def _text(node: dict[str, Any], random: Random) -> str:
    if node.get("format") == "uuid":
        digits = "".join(random.choice("0123456789abcdef") for _ in range(32))
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
    if node.get("format") in _FORMATS:
        return _FORMATS[node["format"]]
    if "pattern" in node:
        return matching(node["pattern"], random)
    text = random.choice(_WORDS)
    while len(text) < node.get("minLength", 0):
        text += f" {random.choice(_WORDS)}"
    return text[: max(node.get("maxLength", len(text)), 0)]


def _number(node: dict[str, Any], random: Random, *, whole: bool) -> float:
    low = node.get("minimum", node.get("exclusiveMinimum", 0))
    high = node.get("maximum", node.get("exclusiveMaximum", low + 100))
    step = node.get("multipleOf", 1 if whole else 0)
    number = random.randint(int(low), max(int(low), int(high))) if whole else random.uniform(low, high)
    return type(number)(number // step * step) if step else number


def matching(pattern: str, random: Random) -> str:
    """Return a text that is likely to match a pattern; who needs it to match has to look."""
    # The one parser of regular expressions that there is; what it gives is stable from Python 3.11 on.
    parser: Any = import_module("re._parser")

    try:
        return "".join(_drawn(item, random) for item in parser.parse(pattern))
    except (re.error, KeyError):
        return ""


def _drawn(item: tuple[Any, Any], random: Random) -> str:
    kind, value = item
    match str(kind):
        case "LITERAL":
            return chr(value)
        case "NOT_LITERAL":
            return "a" if value != ord("a") else "b"
        case "ANY":
            return random.choice(string.ascii_lowercase)
        case "IN":
            return _one_of(value, random)
        case "MAX_REPEAT" | "MIN_REPEAT":
            low, high, items = value
            count = random.randint(low, min(int(high), low + 8)) or min(1, int(high))
            return "".join(_drawn(each, random) for _ in range(count) for each in items)
        case "SUBPATTERN":
            return "".join(_drawn(each, random) for each in value[-1])
        case "BRANCH":
            return "".join(_drawn(each, random) for each in random.choice(value[1]))
        case _:
            return ""


def _one_of(items: list[tuple[Any, Any]], random: Random) -> str:
    negated = str(items[0][0]) == "NEGATE"
    signs: set[str] = set()
    for kind, value in items:
        if str(kind) == "LITERAL":
            signs.add(chr(value))
        elif str(kind) == "RANGE":
            signs |= {chr(code) for code in range(value[0], min(value[1], value[0] + 256) + 1)}
        elif str(kind) == "CATEGORY":
            signs |= set(string.digits if "DIGIT" in str(value) else string.ascii_letters + string.digits)
    if negated:
        signs = set(string.ascii_lowercase + string.digits) - signs
    return random.choice(sorted(signs)) if signs else ""
