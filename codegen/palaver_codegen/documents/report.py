"""Problems as text for people, JSON for programs, and annotations for GitHub; SARIF is in `sarif`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from palaver_codegen.documents.problems import Level, Place, Problem
from palaver_codegen.documents.tree import Json

_BOLD, _DIM, _PLAIN = "\033[1m", "\033[2m", "\033[0m"
_COLORS = {Level.ERROR: "\033[31m", Level.WARNING: "\033[33m", Level.NOTE: "\033[36m"}
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
# More of a line than this tells nobody where to look.
_WIDTH = 100


def as_text(problems: Sequence[Problem], *, excerpts: bool = False, color: bool = False) -> str:
    """Return a paragraph for each problem: place and reason, the line with a mark if wanted, then the remedy."""
    bold, dim, plain = (_BOLD, _DIM, _PLAIN) if color else ("", "", "")
    parts = []
    for problem in problems:
        shade = _COLORS[problem.level] if color else ""
        parts.append(
            f"{bold}{problem.place}{plain}: {shade}{problem.level}{plain}: {problem.reason} [{problem.rule}]\n"
        )
        line = _line(problem.place) if excerpts else ""
        if line:
            line, column = _window(line, problem.place.column)
            number = str(problem.place.line)
            parts.append(f"{dim}{number:>6} |{plain} {line}\n{'':>6} {dim}|{plain} {'':>{column - 1}}{shade}^{plain}\n")
        parts.append(f"    {problem.remedy}\n")
    return "".join(parts)


def as_data(problems: Sequence[Problem]) -> list[Json]:
    """Return each problem as a mapping of strings and numbers."""
    return [
        {
            "file": problem.place.file,
            "line": problem.place.line,
            "column": problem.place.column,
            "level": problem.level.value,
            "rule": problem.rule,
            "reason": problem.reason,
            "remedy": problem.remedy,
        }
        for problem in problems
    ]


def as_json(problems: Sequence[Problem]) -> str:
    """Return `as_data` as JSON text."""
    return json.dumps(as_data(problems), indent=2, ensure_ascii=False) + "\n"


def as_github(problems: Sequence[Problem]) -> str:
    """Return a workflow command for each problem, which GitHub shows beside the line of a pull request."""
    return "".join(
        f"::{_COMMANDS[problem.level]} file={_property(problem.place.file)},line={problem.place.line},"
        f"col={problem.place.column},title={_property(problem.rule)}::"
        f"{_message(f'{problem.reason}: {problem.remedy}')}\n"
        for problem in problems
    )


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _line(place: Place) -> str:
    """Return the line at a place, empty if the place has none."""
    lines = _lines(place.file)
    return lines[place.line - 1] if place.line <= len(lines) else ""


@cache
def _lines(file: str) -> list[str]:
    path = Path(file)
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []


def _window(line: str, column: int) -> tuple[str, int]:
    """Return the part of a line around a column, and the column in it."""
    start = 0 if column <= _WIDTH else column - _WIDTH // 2
    return line[start : start + _WIDTH].replace("\t", " "), column - start
