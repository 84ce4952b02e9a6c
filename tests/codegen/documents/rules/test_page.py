"""What people read of the rules."""

from pathlib import Path

from palaver_codegen.documents.rules import RULES
from palaver_codegen.documents.rules.page import explained, listed, page

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "lint-rules.md"


def test_page_is_what_the_rules_say() -> None:
    """The reference is not edited: `make generate` writes it."""
    assert PAGE.read_text() == page()


def test_page_has_an_entry_for_each_rule() -> None:
    """Each rule is in the table and has a section, to which links lead."""
    lines = page().splitlines()
    for name in RULES:
        assert lines.count(f"## {name}") == 1
        assert sum(line.startswith(f"| [{name}](#{name}) |") for line in lines) == 1


def test_list_has_a_line_for_each_rule() -> None:
    """The list for terminals has id, level and title."""
    lines = listed().splitlines()
    assert [line.split()[0] for line in lines] == list(RULES)
    assert all(rule.title in line for rule, line in zip(RULES.values(), lines, strict=True))


def test_explanation_has_reason_and_remedy() -> None:
    """Whoever asks for one rule learns why it is, what to do, and whether it can be suppressed."""
    told = explained(RULES["yaml-syntax"])
    assert RULES["yaml-syntax"].reason in told
    assert RULES["yaml-syntax"].remedy in told
    assert "neither be suppressed" in told
    assert "neither be suppressed" not in explained(RULES["string-unbounded"])
