"""Problems as a SARIF 2.1.0 log, which code hosts read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from palaver_codegen.documents.problems import Problem
from palaver_codegen.documents.rules.rule import Rule
from palaver_codegen.documents.tree import Json

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_sarif(problems: Sequence[Problem], rules: Mapping[str, Rule]) -> str:
    """Return a log with one run: each rule that found something once, and a result for each problem."""
    found = sorted({problem.rule for problem in problems})
    driver: dict[str, Json] = {"name": "palaver lint", "rules": [_rule(rules[name]) for name in found]}
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, found.index(problem.rule)) for problem in problems],
    }
    log: dict[str, Json] = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.reason},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": rule.level.value},
    }


def _result(problem: Problem, index: int) -> Json:
    place: dict[str, Json] = {
        "artifactLocation": {"uri": _uri(problem.place.file)},
        "region": {"startLine": problem.place.line, "startColumn": problem.place.column},
    }
    return {
        "ruleId": problem.rule,
        "ruleIndex": index,
        "level": problem.level.value,
        "message": {"text": f"{problem.reason}. Remedy: {problem.remedy}."},
        "locations": [{"physicalLocation": place}],
    }


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
