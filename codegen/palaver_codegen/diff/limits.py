"""Bounds of numbers, lengths and counts: which of two allows more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from palaver_codegen.diff.kinds import Kind
from palaver_codegen.documents.tree import Json

_LOWER = ("minLength", "minItems", "minProperties")
_UPPER = ("maxLength", "maxItems", "maxProperties")


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound; an exclusive one is not itself allowed."""

    value: float
    exclusive: bool = False

    def __str__(self) -> str:
        number = int(self.value) if float(self.value).is_integer() else self.value
        return f"{'beyond ' if self.exclusive else ''}{number}"


def limits_of(schema: dict[str, Json]) -> dict[str, Limit]:
    """Return the bounds that a schema sets, by keyword; what bounds nothing (a least length of 0) is left out."""
    found: dict[str, Limit] = {}
    for word in (*_LOWER, *_UPPER, "multipleOf"):
        number = _number(schema.get(word))
        if number is not None and not (word in _LOWER and number <= 0):
            found[word] = Limit(number)
    for word, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        bounds = [Limit(bound) for bound in [_number(schema.get(word))] if bound is not None]
        if schema.get(exclusive) is True:  # as OpenAPI 3.0 writes it
            bounds = [Limit(bound.value, exclusive=True) for bound in bounds]
        bounds += [Limit(bound, exclusive=True) for bound in [_number(schema.get(exclusive))] if bound is not None]
        for bound in bounds:
            found = tightest(found, {word: bound})
    if schema.get("uniqueItems") is True:
        found["uniqueItems"] = Limit(1)
    return found


def tightest(one: dict[str, Limit], other: dict[str, Limit]) -> dict[str, Limit]:
    """Return the bounds that hold where both sets of them do."""
    merged = dict(one)
    for word, limit in other.items():
        if word not in merged or _compare(word, merged[word], limit) is Kind.LIMIT_NARROWED:
            merged[word] = limit
    return merged


def differing(old: dict[str, Limit], new: dict[str, Limit]) -> Iterator[tuple[str, Kind, str]]:
    """Yield the keyword of each bound that is different, whether it narrows or widens, and the change in words."""
    for word in dict.fromkeys((*old, *new)):
        before, after = old.get(word), new.get(word)
        if before == after:
            continue
        if word == "uniqueItems":
            kind, words = (Kind.LIMIT_NARROWED, "no longer") if after else (Kind.LIMIT_WIDENED, "now")
            yield word, kind, f"items may {words} be repeated"
        elif before is None:
            yield word, Kind.LIMIT_NARROWED, f"has a `{word}` now: {after}"
        elif after is None:
            yield word, Kind.LIMIT_WIDENED, f"has no `{word}` any more: it was {before}"
        else:
            kind = _compare(word, before, after)
            yield word, kind, f"`{word}` is {after} and was {before}"


def _compare(word: str, before: Limit, after: Limit) -> Kind:
    if word == "multipleOf":
        if (after.value / before.value).is_integer():
            return Kind.LIMIT_NARROWED
        return Kind.LIMIT_WIDENED if (before.value / after.value).is_integer() else Kind.CONDITION_CHANGED
    sign = -1 if word in (*_UPPER, "maximum") else 1
    # An exclusive bound is the narrower of two that are equal.
    higher = (sign * after.value, after.exclusive) > (sign * before.value, before.exclusive)
    return Kind.LIMIT_NARROWED if higher else Kind.LIMIT_WIDENED


def _number(value: Json) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
