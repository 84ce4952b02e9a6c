"""Lint rules, and the checks that find their breaches. No check knows of another."""

from __future__ import annotations

from collections.abc import Collection
from types import MappingProxyType

from palaver_codegen.documents.problems import Problem
from palaver_codegen.documents.rules import (
    bounds,
    calls,
    contradictions,
    descriptions,
    errors,
    examples,
    formats,
    info,
    meanings,
    messages,
    names,
    notifications,
    patterns,
    pointers,
    reading,
    refusals,
    rest,
    security,
    shapes,
    style,
    traps,
    unused,
)
from palaver_codegen.documents.rules.rule import Check, Rule, Scope
from palaver_codegen.documents.rules.subject import Subject

_MODULES = (
    messages, names, style, meanings, pointers, notifications, errors, refusals, calls, rest, security, examples,
    descriptions, info, bounds, shapes, formats, patterns, traps, contradictions, unused,
)  # fmt: skip

CHECKS: tuple[Check, ...] = tuple(
    value for module in _MODULES for value in vars(module).values() if isinstance(value, Check)
)
RULES = MappingProxyType(
    {
        rule.id: rule
        for rule in sorted(
            {*reading.RULES, *(rule for each in CHECKS for rule in each.rules)}, key=lambda rule: rule.id
        )
    }
)
"""Every rule by its id, in alphabetical order."""

__all__ = ["CHECKS", "RULES", "Check", "Rule", "Scope", "Subject", "lint"]


def lint(subject: Subject, scopes: Collection[Scope] = tuple(Scope)) -> list[Problem]:
    """Apply the rules of these scopes."""
    return [
        problem
        for each in CHECKS
        if any(rule.scope in scopes for rule in each.rules)
        for problem in each.find(subject)
        if RULES[problem.rule].scope in scopes
    ]
