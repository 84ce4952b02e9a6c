"""Rules about explanation: named objects are described and shown."""

from __future__ import annotations

from collections.abc import Iterator

from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.subject import Subject


def described(subject: Subject) -> Iterator[Problem]:
    """Warn of an object schema in components without a description or without an example."""
    for located in subject.schemas:
        named = located.path[:2] == ("components", "schemas") and len(located.path) == 3
        if not named or located.schema.get("type") != "object":
            continue
        name = located.path[-1]
        if not located.schema.get("description"):
            reason = f"schema {name!r} has no description"
            yield Problem(located.place(), "description-missing", reason, "say what it is", Level.WARNING)
        if not located.schema.get("examples"):
            reason = f"schema {name!r} has no example"
            yield Problem(located.place(), "example-missing", reason, "add `examples: [{…}]`", Level.WARNING)
