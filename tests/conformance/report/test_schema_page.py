"""The reference page of the JSON report."""

import json
import re
from pathlib import Path

import pytest

from palaver_conformance.report import schema_page
from palaver_conformance.report.json import schema
from palaver_conformance.report.schema_page import page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "conformance-report.md"


def test_page_is_what_the_schema_says() -> None:
    """Who changes the form of the report has the page written anew: make reference."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_form_has_a_section_and_links_lead_to_one() -> None:
    """Whatever a value is said to be can be looked up on the page."""
    headings = re.findall(r"^## (.+)$", page(), re.MULTILINE)
    assert headings == list(json.loads(schema())["$defs"])
    assert set(re.findall(r"\]\(#(.+?)\)", page())) <= set(headings)


def test_values_are_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Types, constants, alternatives, lists, what stands within a value, and what may be missing."""
    properties = {
        "one": {"const": 2, "description": "The form."},
        "two": {"type": ["integer", "null"], "description": "A number."},
        "three": {"enum": [0, 1, 3], "description": "A code."},
        "four": {"type": "array", "items": {"$ref": "#/$defs/part"}, "description": "Some."},
        "five": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/part"}], "description": "Perhaps."},
        "six": {"type": "object", "description": "A group.", "properties": {"at": _moment()}, "required": []},
    }
    small = {
        "properties": properties,
        "required": list(properties),
        "$defs": {"part": {"description": "A part.", "enum": ["a", "b"]}},
    }
    monkeypatch.setattr(schema_page, "schema", lambda: json.dumps(small))
    told = page()
    assert [line for line in told.splitlines() if line.startswith("| `")] == [
        "| `one` | `2` | The form. |",
        "| `two` | whole number or null | A number. |",
        "| `three` | `0`, `1` or `3` | A code. |",
        "| `four` | list of [part](#part) | Some. |",
        "| `five` | null or [part](#part) | Perhaps. |",
        "| `six` | object | A group. |",
        "| `six.at` | moment in UTC | When. May be missing. |",
    ]
    assert told.endswith("\n## part\n\nA part.\n\nOne of `a` or `b`.\n")


def _moment() -> dict[str, str]:
    return {"type": "string", "format": "date-time", "description": "When."}
