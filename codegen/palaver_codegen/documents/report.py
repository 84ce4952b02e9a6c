"""Problems as text for people, JSON for programs, and SARIF for code hosts."""

from __future__ import annotations

import json
from collections.abc import Sequence

from palaver_codegen.documents.problems import Problem
from palaver_codegen.documents.tree import Json

_SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_text(problems: Sequence[Problem]) -> str:
    """Return a paragraph for each problem: place and reason, then the remedy."""
    return "".join(
        f"{problem.place}: {problem.level}: {problem.reason} [{problem.rule}]\n    {problem.remedy}\n"
        for problem in problems
    )


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


def as_sarif(problems: Sequence[Problem]) -> str:
    """Return a SARIF 2.1.0 log with one run."""
    rules: list[Json] = [{"id": rule} for rule in sorted({problem.rule for problem in problems})]
    results: list[Json] = [_result(problem) for problem in problems]
    run: dict[str, Json] = {"tool": {"driver": {"name": "palaver lint", "rules": rules}}, "results": results}
    log: dict[str, Json] = {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(problem: Problem) -> Json:
    place: dict[str, Json] = {
        "artifactLocation": {"uri": problem.place.file},
        "region": {"startLine": problem.place.line, "startColumn": problem.place.column},
    }
    return {
        "ruleId": problem.rule,
        "level": problem.level.value,
        "message": {"text": f"{problem.reason}. Remedy: {problem.remedy}."},
        "locations": [{"physicalLocation": place}],
    }
