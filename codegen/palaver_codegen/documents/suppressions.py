"""Findings that somebody decided to keep, with the reason: by a comment, or in the linter's settings.

    name: disconnect  # palaver: ignore[event-reserved] our own client, not that of Socket.IO

A comment that stands alone speaks of the next line. `ignore-file[…]`, wherever it stands, speaks of the whole file. In
.proto files the same follows `//`. Several rules are separated by commas.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path

import yaml

from palaver_codegen.documents.problems import Place, Problem
from palaver_codegen.documents.rules import RULES

_MARK = "palaver:"
_COMMENT = re.compile(r"(?:^|\s)(?P<sign>#|//)\s*palaver:\s*(?P<said>.*?)(?:\s(?:#|//)\s.*)?$")
_SAID = re.compile(r"ignore(?P<whole>-file)?\[(?P<rules>[\w\s,-]*)\]\s*(?P<reason>.*)")
_FORM = "write `palaver: ignore[rule-id] reason`"


@dataclass(frozen=True)
class Suppression:
    """Rules that are not to be reported in files (patterns; none means all), or on one line of one file."""

    place: Place
    rules: tuple[str, ...]
    files: tuple[str, ...]
    line: int | None = None

    def covers(self, problem: Problem) -> bool:
        """Whether it is meant for this finding."""
        return (
            problem.rule in self.rules
            and self.line in (None, problem.place.line)
            and (not self.files or any(fnmatch(problem.place.file, pattern) for pattern in self.files))
        )


def read_comments(label: str) -> tuple[list[Suppression], list[Problem]]:
    """Return the suppressions in the comments of a file, and what is wrong with them; `OSError` if it is gone."""
    content = Path(label).read_text(encoding="utf-8")
    if _MARK not in content:
        return [], []
    lines = content.splitlines()
    quoted = frozenset() if label.endswith(".proto") else _quoted(content)
    found: list[Suppression] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        comment = _COMMENT.search(line)
        if comment is None or number in quoted:
            continue
        place = Place(label, number, comment.start("sign") + 1)
        said = _SAID.fullmatch(comment["said"].strip())
        rules = tuple(each.strip() for each in said["rules"].split(",")) if said else ()
        faults = list(_faults(place, rules, said["reason"])) if said else [_invalid(place, "it is none", _FORM)]
        problems += faults
        if said is not None and not faults:
            alone = not line[: comment.start("sign")].strip()
            at = _next(lines, number) if alone else number
            found.append(Suppression(place, rules, (_literally(label),), None if said["whole"] else at))
    return found, problems


def _faults(place: Place, rules: Collection[str], reason: str) -> Iterator[Problem]:
    for rule in rules:
        fault = unsuppressible(rule)
        if fault is not None:
            yield _invalid(place, *fault)
    if not reason.strip():
        yield _invalid(place, "it gives no reason", "say after the bracket why the finding is kept")


def unsuppressible(rule: str) -> tuple[str, str] | None:
    """Return why a rule cannot be suppressed, and what to do; None if it can."""
    if rule not in RULES:
        close = get_close_matches(rule, RULES, n=1)
        return f"there is no rule {rule!r}", f"did you mean {close[0]!r}?" if close else "see `palaver lint --rules`"
    if RULES[rule].fixed:
        return f"{rule!r} cannot be suppressed: nothing can be relied on without it", "put right what it finds"
    return None


def _invalid(place: Place, reason: str, remedy: str) -> Problem:
    rule = RULES["suppression-invalid"]
    return rule.at(place, f"this suppression is not valid: {reason}", remedy)


def apply(
    problems: Iterable[Problem], suppressions: Iterable[Suppression]
) -> tuple[list[Problem], set[tuple[Suppression, str]]]:
    """Return the problems that remain, and which rule of which suppression was needed."""
    by_rule: dict[str, list[Suppression]] = {}
    for suppression in suppressions:
        for rule in suppression.rules:
            by_rule.setdefault(rule, []).append(suppression)
    kept: list[Problem] = []
    needed: set[tuple[Suppression, str]] = set()
    for problem in problems:
        covering = [each for each in by_rule.get(problem.rule, ()) if each.covers(problem)]
        needed |= {(each, problem.rule) for each in covering}
        if not covering:
            kept.append(problem)
    return kept, needed


def unused(suppressions: Iterable[Suppression], needed: Collection[tuple[Suppression, str]]) -> Iterator[Problem]:
    """Find the suppressions, and the single rules of some, that nothing needed."""
    for suppression in dict.fromkeys(suppressions):
        for rule in suppression.rules:
            if (suppression, rule) not in needed:
                reason = f"this suppression of {rule!r} suppresses nothing"
                yield RULES["suppression-unused"].at(suppression.place, reason, "remove it")


def _next(lines: list[str], number: int) -> int:
    """Return the number of the next line that is neither empty nor a comment."""
    for later, line in enumerate(lines[number:], start=number + 1):
        if line.strip() and not line.lstrip().startswith(("#", "//")):
            return later
    return number


def _literally(path: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", path)


def _quoted(content: str) -> frozenset[int]:
    """Return the lines of scalars that take several: what looks like a comment in them is text."""
    lines: set[int] = set()
    loader: type[yaml.BaseLoader | yaml.CBaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    for event in yaml.parse(content, Loader=loader):
        if isinstance(event, yaml.ScalarEvent) and event.style and event.start_mark and event.end_mark:
            first, last = event.start_mark.line, event.end_mark.line
            # A block scalar begins below its indicator and ends where the next thing begins; a comment may follow the
            # quote that ends the other.
            lines |= set(range(first + 2, last + 1) if event.style in "|>" else range(first + 1, last + 1))
    return frozenset(lines)
