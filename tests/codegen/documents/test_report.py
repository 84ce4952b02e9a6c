"""Problems for people, programs and code hosts."""

import json

from palaver_codegen.documents.problems import Level, Place, Problem
from palaver_codegen.documents.report import as_json, as_sarif, as_text

PROBLEMS = [
    Problem(Place("spec/a.yaml", 2, 7), "one-rule", "is wrong", "put it right"),
    Problem(Place("spec/b.yaml", 3, 1), "two-rule", "is odd", "look at it", Level.WARNING),
]


def test_text_starts_with_the_place() -> None:
    """An editor can jump to each line, and the remedy follows."""
    assert as_text(PROBLEMS).splitlines()[:2] == [
        "spec/a.yaml:2:7: error: is wrong [one-rule]",
        "    put it right",
    ]


def test_json_has_every_part() -> None:
    """A program gets what a person gets."""
    assert json.loads(as_json(PROBLEMS))[1] == {
        "file": "spec/b.yaml",
        "line": 3,
        "column": 1,
        "level": "warning",
        "rule": "two-rule",
        "reason": "is odd",
        "remedy": "look at it",
    }


def test_sarif_has_rules_levels_and_regions() -> None:
    """The log has one run, its rules listed once, and a region for each result."""
    log = json.loads(as_sarif([*PROBLEMS, PROBLEMS[0]]))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["one-rule", "two-rule"]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "error"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "spec/a.yaml"}
    assert place["region"] == {"startLine": 2, "startColumn": 7}
