"""Rules about explanation: named objects are described and shown."""

from __future__ import annotations

from collections.abc import Iterator

from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.tree import place_in, text

DESCRIPTION_MISSING = Rule(
    "description-missing",
    Level.WARNING,
    Scope.HOUSE,
    title="A named object has a description",
    reason="The description is the docstring of the generated class and the text of the published reference.",
    remedy="Say in a sentence what it is.",
)
EXAMPLE_MISSING = Rule(
    "example-missing",
    Level.WARNING,
    Scope.HOUSE,
    title="A named object has an example",
    reason="Readers learn most from an example, and a mock server answers with it.",
    remedy="Add `examples: [{…}]`; it is checked against the schema.",
)
SUMMARY_MISSING = Rule(
    "summary-missing",
    Level.WARNING,
    Scope.HOUSE,
    title="An operation has a summary or a description",
    reason="It is the docstring of the generated handler, and the line that readers of the reference look for.",
    remedy="Add `summary`: a few words, as in `Send a message`.",
)
PARAMETER_UNDESCRIBED = Rule(
    "parameter-undescribed",
    Level.NOTE,
    Scope.HOUSE,
    title="A query parameter has a description",
    reason="Its name says what it is, and not what it does.",
    remedy="Add `description`.",
)


@check(DESCRIPTION_MISSING, EXAMPLE_MISSING)
def described(subject: Subject) -> Iterator[Problem]:
    """Warn of an object schema in components without a description or without an example."""
    for located in subject.schemas:
        named = located.path[:2] == ("components", "schemas") and len(located.path) == 3
        if not named or located.schema.get("type") != "object":
            continue
        name = located.path[-1]
        if not located.schema.get("description"):
            reason = f"schema {name!r} has no description"
            yield DESCRIPTION_MISSING.at(located.place(), reason, "say what it is")
        if not located.schema.get("examples"):
            reason = f"schema {name!r} has no example"
            yield EXAMPLE_MISSING.at(located.place(), reason, "add `examples: [{…}]`")


@check(SUMMARY_MISSING, PARAMETER_UNDESCRIBED)
def explained(subject: Subject) -> Iterator[Problem]:
    """Find operations without a word, and query parameters without one."""
    for operation in subject.operations:
        if not operation.node.get("summary") and not operation.node.get("description"):
            reason = f"{operation.key!r} has neither summary nor description"
            yield SUMMARY_MISSING.at(operation.place(), reason, "say in a few words what it does")
        for parameter in operation.parameters():
            if parameter.get("in") == "query" and not parameter.get("description"):
                reason = f"query parameter {text(parameter.get('name'))!r} has no description"
                yield PARAMETER_UNDESCRIBED.at(place_in(parameter, ""), reason, "say what it does")
