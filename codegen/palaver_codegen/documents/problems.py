"""Problems in documents: values that are collected and shown together, each with its place and its remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a problem matters: an error stops generation, a warning wants an answer, a note is for whoever asks."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    def reaches(self, threshold: Level) -> bool:
        """Whether this matters at least as much as the threshold."""
        order = list(Level)
        return order.index(self) <= order.index(threshold)


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """A place in a document; line and column count from 1, as editors do."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, by which rule, and what to do about it."""

    place: Place
    rule: str
    reason: str
    remedy: str
    level: Level = Level.ERROR

    def __str__(self) -> str:
        return f"{self.place}: {self.level}: {self.reason} [{self.rule}]\n    {self.remedy}"


class DocumentsRefused(Exception):
    """Raised where a caller needs good documents and has got others; `problems` holds every reason."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort by place and drop repetitions, which arise where both documents use one shared schema."""
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.place, problem.rule, problem.reason))


def has_errors(problems: Iterable[Problem]) -> bool:
    """Whether any problem is an error."""
    return any(problem.level is Level.ERROR for problem in problems)
