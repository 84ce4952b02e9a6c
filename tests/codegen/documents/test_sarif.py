"""The log for code hosts."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs

from palaver_codegen.documents.problems import Level, Place, Problem
from palaver_codegen.documents.rules import RULES
from palaver_codegen.documents.sarif import as_sarif

PROBLEMS = [
    Problem(Place("spec/a b.yaml", 2, 7), "string-unbounded", "is wrong", "put it right", Level.WARNING),
    Problem(Place("spec/b.yaml", 3, 1), "example-invalid", "is odd", "look at it"),
    Problem(Place("spec/b.yaml", 4, 1), "example-invalid", "is odd", "look at it", Level.NOTE),
]

# What clause 3 of the specification wants of the objects that are written here.
_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
LOG = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["tool"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "rules": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/rule"}}
                                },
                            }
                        },
                    },
                    "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
                },
            },
        },
    },
    "$defs": {
        "rule": {
            "type": "object",
            "additionalProperties": False,
            "required": ["id"],
            "properties": {
                "id": {"type": "string"},
                "shortDescription": _TEXT,
                "fullDescription": _TEXT,
                "help": _TEXT,
                "defaultConfiguration": {"properties": {"level": _LEVEL}},
            },
        },
        "result": {
            "type": "object",
            "additionalProperties": False,
            "required": ["message"],
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": -1},
                "level": _LEVEL,
                "message": _TEXT,
                "locations": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "physicalLocation": {
                                "type": "object",
                                "additionalProperties": False,
                                "required": ["artifactLocation"],
                                "properties": {
                                    "artifactLocation": {
                                        "properties": {"uri": {"type": "string", "format": "uri-reference"}}
                                    },
                                    "region": {
                                        "type": "object",
                                        "additionalProperties": False,
                                        "properties": {
                                            "startLine": {"type": "integer", "minimum": 1},
                                            "startColumn": {"type": "integer", "minimum": 1},
                                        },
                                    },
                                },
                            }
                        },
                    },
                },
            },
        },
    },
}


def _log(problems: list[Problem]) -> Any:
    return json.loads(as_sarif(problems, RULES))


def test_log_has_the_form_of_the_standard() -> None:
    """Every object is as the specification wants it, with findings and without."""
    validator = jsonschema_rs.validator_for(LOG, validate_formats=True)
    for problems in (PROBLEMS, []):
        assert [error.message for error in validator.iter_errors(_log(problems))] == []


def test_results_refer_to_their_rules() -> None:
    """A rule is listed once, with all that is said of it, and each result points to its own."""
    (run,) = _log(PROBLEMS)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["example-invalid", "string-unbounded"]
    assert rules[1]["fullDescription"]["text"] == RULES["string-unbounded"].reason
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [problem.rule for problem in PROBLEMS]
    assert [result["level"] for result in run["results"]] == ["warning", "error", "note"]


def test_places_are_regions_of_addresses() -> None:
    """A path is an address below the root of the repository; one from the root of the machine is that of a file."""
    absolute = Problem(Place(str(Path("/srv/a.yaml").absolute())), "example-invalid", "is odd", "look at it")
    (run,) = _log([PROBLEMS[0], absolute])["runs"]
    first, second = (result["locations"][0]["physicalLocation"] for result in run["results"])
    assert first["artifactLocation"] == {"uri": "spec/a%20b.yaml"}
    assert first["region"] == {"startLine": 2, "startColumn": 7}
    assert second["artifactLocation"]["uri"].startswith("file:///")
