"""What the mock says: the examples of the documents, with what is known put in where `x-chat` points."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from palaver_runtime.mock.contract import Meaning, canonical
from palaver_runtime.mock.pointers import read, without, written
from palaver_runtime.mock.schema import Schema
from palaver_runtime.mock.values import example, examples, renewed

# Canonical fields that tell when something happened.
_TIMES = frozenset({"timestamp", "created_at", "updated_at", "deleted_at", "read_at", "joined_at"})
# What an operation says by itself, beside the fields of its request.
_SAID: Mapping[str, Mapping[str, Any]] = {
    "typing.start": {"active": True},
    "typing.stop": {"active": False},
    "message.edit": {"edited": True},
    "message.delete": {"deleted": True},
}
# The thing that an operation makes: its identifier is new, and is the same in all that is said of it.
_MAKES = {"message.send": "message", "conversation.create": "conversation"}
# Things in whose fields those of a request can be found again, by the beginning of what the request means.
_ABOUT = {"message": "message", "conversation": "conversation", "participant": "participant", "receipt": "receipt"}


@dataclass
class Facts:
    """What is known when something is said: canonical fields, the user who asked, and what has been made."""

    fields: dict[str, Any] = field(default_factory=dict)
    user: str = ""
    means: str = ""
    #: New identifiers, by what they are of; made when they are first needed, like the example in that place.
    made: dict[str, Any] = field(default_factory=dict)


class Speaker:
    """Makes payloads. With one seed it makes the same ones in the same order, apart from times."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - nothing is kept secret by it
        self._counters: dict[str, int] = {}

    def facts(self, meaning: Meaning, request: Any, user: str) -> Facts:
        """Return what a request tells."""
        fields = {**canonical(meaning, request), **_SAID.get(meaning.means, {})}
        if meaning.means in _MAKES:
            for name in ("sequence", "revision"):
                self._counters[name] = self._counters.get(name, 0) + 1
        return Facts(fields, user, meaning.means)

    def say(self, schema: Schema, pointers: Mapping[str, str], facts: Facts, sample: Any = None) -> Any:
        """Return a payload: the example of its schema, with what is known at its pointers; always valid.

        `sample` is an example that stands beside the schema.
        """
        value = sample if sample is not None and schema.is_valid(sample) else example(schema, self._random)
        for name, pointer in pointers.items():
            below = schema.below(pointer)
            if below is None:
                continue
            parts = below.entity()
            items = below.below("/0")
            if items is not None and items.entity():
                value = self._put_conversation(schema, value, pointer, items.entity(), facts)
            elif parts:
                value = self._put_entity(schema, value, name, pointer, parts, facts)
            else:
                value = self._put(schema, value, pointer, self._known(name, value, pointer, facts))
        return value

    def refuse(self, schema: Schema, code: str, message: str, problems: list[tuple[str, str]], event: str) -> Any:
        """Return a refusal in the form that a schema gives it: its example of that code, or another one."""
        pointers, root = _error_fields(schema)
        given = [each for each in examples(schema) if schema.is_valid(each)] or [example(schema, self._random)]
        at = f"{root}{pointers.get('code', '')}"
        value = next((each for each in given if _at(each, at) == code), given[0])
        known = {
            "code": code,
            "message": message,
            "timestamp": _now(_at(value, f"{root}{pointers.get('timestamp', '/')}")),
            "original_event": event or None,
        }
        details = {"fields": [{"field": place, "problem": problem} for place, problem in problems]}
        if "details" in pointers:
            bare = without(value, f"{root}{pointers['details']}")
            value = bare if schema.is_valid(bare) else value
            if problems:
                known["details"] = details
        for name, put in known.items():
            if name in pointers and put is not None:
                value = self._put(schema, value, f"{root}{pointers[name]}", put)
        return value

    def _put_conversation(
        self, schema: Schema, value: Any, pointer: str, parts: Mapping[str, str], facts: Facts
    ) -> Any:
        """Put the conversation that was asked for into each thing of a list."""
        listed = _at(value, pointer)
        if "conversation" in parts and isinstance(listed, list):
            for number in range(len(listed)):
                at = f"{pointer}/{number}{parts['conversation']}"
                value = self._put(schema, value, at, facts.fields.get("conversation"))
        return value

    def _put_entity(
        self, schema: Schema, value: Any, name: str, pointer: str, parts: Mapping[str, str], facts: Facts
    ) -> Any:
        # The fields of a request are those of the thing that it is about, and not of others that are named beside it.
        own = _ABOUT.get(facts.means.partition(".")[0]) == name
        for part, place in parts.items():
            at = f"{pointer}{place}"
            below = schema.below(at)
            if part == "id":
                put = self._identity(name, value, at, facts)
            elif own or part in _TIMES:
                put = self._known(part, value, at, facts)
            else:
                continue
            inner = below.entity() if below is not None else {}
            if inner and "id" in inner and isinstance(put, str):
                # A user who is an object: the example, with this id.
                value = self._put(schema, value, f"{at}{inner['id']}", put)
            else:
                value = self._put(schema, value, at, put)
        return value

    def _identity(self, thing: str, value: Any, at: str, facts: Facts) -> Any:
        if thing == "user":
            asked = facts.fields.get("user")
            return asked if isinstance(asked, str) else facts.user or None
        if _MAKES.get(facts.means) == thing:
            return self._made(thing, _at(value, at), facts)
        return facts.fields.get("id" if facts.means.startswith(thing) and "id" in facts.fields else thing)

    def _made(self, thing: str, like: Any, facts: Facts) -> Any:
        if thing not in facts.made:
            facts.made[thing] = renewed(like, self._random)
        return facts.made[thing]

    def _known(self, name: str, value: Any, at: str, facts: Facts) -> Any:
        """Return what is known of a canonical field; None where nothing is."""
        here = _at(value, at)
        if name in _TIMES:
            return _now(here)
        if name in ("user", "sender", "created_by"):
            return facts.fields.get("user", facts.user) if name == "user" else facts.user
        if name in ("sequence", "revision") and facts.means in _MAKES and isinstance(here, int):
            return self._counters.get(name, 0)
        if _MAKES.get(facts.means) == name and isinstance(here, str):
            return self._made(name, here, facts)
        if name == "room":
            return facts.fields.get("conversation")
        if name in ("id", "message") and facts.means.startswith("message."):
            return facts.fields.get("id")
        return facts.fields.get(name)

    def _put(self, schema: Schema, value: Any, at: str, put: Any) -> Any:
        """Return a value with another one put in, if it is valid so."""
        if put is None:
            return value
        try:
            changed = written(value, at, put)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            return value
        return changed if schema.is_valid(changed) else value


def _error_fields(schema: Schema) -> tuple[dict[str, str], str]:
    """Return where the fields of an error are, and where the error is in the payload."""
    own = schema.entity("error")
    if own:
        return own, ""
    for part in schema.parts():
        for name in part.resolved.get("properties", {}):
            below = part.below(f"/{name}")
            if below is not None and below.entity("error"):
                return below.entity("error"), f"/{name}"
    return {}, ""


def _at(value: Any, pointer: str) -> Any:
    try:
        return read(value, pointer)
    except KeyError:
        return None


def _now(like: Any) -> Any:
    """Return the time, in the form of another one: text, or the milliseconds since 1970."""
    now = datetime.now(UTC)
    if isinstance(like, int) and not isinstance(like, bool):
        return round(now.timestamp() * 1000)
    return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"


_MARKER = re.compile(r"x-palaver-error:\s*([A-Z][A-Z_]+)")


def wished_error(request: Any) -> str | None:
    """Return the error code that a text in a request asks for, as in `x-palaver-error: FORBIDDEN`."""
    if isinstance(request, str):
        found = _MARKER.search(request)
        return found[1] if found else None
    below = request.values() if isinstance(request, dict) else request if isinstance(request, list) else ()
    return next((code for each in below if (code := wished_error(each))), None)
