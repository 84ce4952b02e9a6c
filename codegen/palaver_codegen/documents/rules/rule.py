"""What a lint rule is: declared once, with all that is said of it, and found by a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from palaver_codegen.documents.problems import Level, Place, Problem
from palaver_codegen.documents.rules.subject import Subject


class Scope(StrEnum):
    """Whose documents a rule is for.

    `READING` is what whoever reads the documents relies on, a judge of a foreign server included. `STANDARD` is what
    the standards say, and what contradicts itself whoever wrote it. `HOUSE` is how documents are written from which an
    API layer is generated; a foreign team does not share it.
    """

    READING = "reading"
    STANDARD = "standard"
    HOUSE = "house"


@dataclass(frozen=True, slots=True)
class Rule:
    """A lint rule: its id, how much a finding matters, and why and how to put it right in general.

    What is `fixed` is found before there is anything to rely on: it can neither be suppressed nor be given another
    level.
    """

    id: str
    level: Level
    scope: Scope
    title: str
    reason: str
    remedy: str
    fixed: bool = False

    def at(self, place: Place, reason: str, remedy: str) -> Problem:
        """Return a finding of the rule: what is wrong here, and what to do about it here."""
        return Problem(place, self.id, reason, remedy, self.level)


@dataclass(frozen=True, slots=True)
class Check:
    """A function that looks at a bundled dialect, and the rules whose findings it yields."""

    find: Callable[[Subject], Iterable[Problem]]
    rules: tuple[Rule, ...]


def check(*rules: Rule) -> Callable[[Callable[[Subject], Iterable[Problem]]], Check]:
    """Make a check of a function that finds breaches of the rules."""
    return lambda find: Check(find, rules)
