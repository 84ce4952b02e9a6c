"""The reference page of the rules."""

from pathlib import Path

from palaver_codegen.diff import rules
from palaver_codegen.diff.page import page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "diff.md"


def test_page_is_what_the_rules_say() -> None:
    """Who changes a rule has the page written anew: make reference."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_rule_has_a_row_below_its_group() -> None:
    """With its severity, what it is and why."""
    group = ""
    rows = {}
    for line in page().splitlines():
        if line.startswith("### "):
            group = line.removeprefix("### ")
        elif line.startswith("| `"):
            rows[line] = group
    assert rows == {
        f"| `{rule.id}` | {rule.severity} | {rule.summary} | {rule.why} |": rule.group.capitalize()
        for rule in rules().values()
    }
