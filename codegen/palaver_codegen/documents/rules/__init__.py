"""Lint rules. Each takes a bundled dialect and yields problems; none knows of another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from palaver_codegen.documents.problems import Problem
from palaver_codegen.documents.rules import (
    calls,
    descriptions,
    errors,
    examples,
    meanings,
    messages,
    names,
    notifications,
    pointers,
    traps,
)
from palaver_codegen.documents.rules.subject import Subject

Rule = Callable[[Subject], Iterable[Problem]]

RULES: tuple[Rule, ...] = (
    messages.channel,
    messages.count,
    messages.name,
    messages.duplicate,
    messages.shape,
    names.operations,
    names.schemas,
    meanings.missing,
    meanings.unknown,
    meanings.own,
    meanings.kind,
    meanings.keys,
    pointers.operations,
    pointers.entities,
    notifications.emitted,
    notifications.triggered,
    errors.unknown,
    errors.unused,
    errors.missing,
    errors.response,
    calls.refusal,
    examples.examples,
    descriptions.described,
    traps.keywords,
    traps.siblings,
    traps.patterns,
)


READING: tuple[Rule, ...] = (
    messages.count,
    messages.name,
    messages.duplicate,
    meanings.unknown,
    meanings.kind,
    meanings.keys,
    pointers.operations,
    pointers.entities,
    notifications.emitted,
    errors.unknown,
    errors.missing,
    errors.response,
    calls.refusal,
    traps.patterns,
)
"""What whoever only reads the documents relies on."""


def lint(subject: Subject, rules: Sequence[Rule] = RULES) -> list[Problem]:
    """Apply the rules."""
    return [problem for rule in rules for problem in rule(subject)]
