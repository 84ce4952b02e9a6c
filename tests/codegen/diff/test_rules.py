"""The catalogue of rules, and the page that it makes."""

from itertools import groupby
from pathlib import Path

from palaver_codegen.diff import Severity, rules

PAGE = Path(__file__).parents[3] / "docs/reference/diff.md"


def table() -> str:
    """Return the tables of docs/reference/diff.md."""
    lines = []
    for group, listed in groupby(rules().values(), key=lambda rule: rule.group):
        lines += [f"### {group.capitalize()}", "", "| rule | severity | what | why |", "|---|---|---|---|"]
        lines += [f"| `{rule.id}` | {rule.severity} | {rule.summary} | {rule.why} |" for rule in listed]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def test_the_page_is_what_the_catalogue_says() -> None:
    """docs/reference/diff.md holds every rule; what to paste into it is printed."""
    print(table())  # noqa: T201 - shown by pytest when this fails
    assert table() in PAGE.read_text()


def test_rules_are_whole_sentences() -> None:
    """A rule says in a sentence what it is and in another one why; its name does not hold its severity."""
    assert len(rules()) > 100
    for rule in rules().values():
        assert rule.summary.endswith("."), rule
        assert rule.why.endswith("."), rule
        assert not any(severity in rule.id for severity in Severity)


def test_what_clients_send_and_the_server_sends_are_opposites() -> None:
    """What only narrows breaks requests and not responses, and what only widens the reverse, or is risky there."""
    for rule in rules().values():
        side, _, kind = rule.id.partition("-")
        if kind.endswith("-narrowed"):
            assert rule.severity is (Severity.BREAKING if side == "request" else Severity.SAFE)
        if kind.endswith("-widened"):
            assert rule.severity is (Severity.SAFE if side == "request" else Severity.BREAKING)
