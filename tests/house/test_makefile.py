"""The Makefile explains itself, and what is written about it is true."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]

_RULE = re.compile(r"^(?P<name>[a-z][a-z-]*):(?!=)[^#\n]*(?:## (?P<help>.+))?$", re.MULTILINE)
_MENTION = re.compile(r"(?:`|^|\s)make +(?:[A-Z]+=\S+ +)*(?P<name>[a-z][a-z-]*)", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_PHONY = re.compile(r"^\.PHONY: (?P<names>.+)$", re.MULTILINE)


def targets(makefile: str) -> dict[str, str | None]:
    """Return each target of a Makefile's text with its description."""
    return {match["name"]: match["help"] for match in _RULE.finditer(makefile)}


def mentions(document: str) -> set[str]:
    """Return the targets that the code in a Markdown text calls."""
    return {match["name"] for code in _CODE.findall(document) for match in _MENTION.finditer(code)}


@pytest.fixture(scope="module")
def makefile() -> str:
    """Return the text of the Makefile."""
    return (ROOT / "Makefile").read_text()


def test_every_target_is_described(makefile: str) -> None:
    """`make help` hides nothing."""
    assert [name for name, summary in targets(makefile).items() if not summary] == []


def test_every_target_is_phony(makefile: str) -> None:
    """A file that happens to be called like a target does not switch it off."""
    match = _PHONY.search(makefile)
    assert match
    assert set(match["names"].split()) == set(targets(makefile))


def test_the_promised_targets_exist(makefile: str) -> None:
    """The targets that people and machines rely on are there."""
    promised = {
        "help",
        "setup",
        "generate",
        "check-generated",
        "lint",
        "test",
        "run",
        "conform",
        "check",
        "clean",
    }
    assert promised <= set(targets(makefile))


def test_help_is_the_default_and_lists_all(makefile: str) -> None:
    """`make` alone lists every target with its description, and makes nothing."""
    printed = subprocess.run(["make", "-C", ROOT], check=True, capture_output=True, text=True).stdout
    for name, summary in targets(makefile).items():
        assert re.search(rf"^  make {re.escape(name)} +{re.escape(summary or '')}$", printed, re.MULTILINE)


def test_documents_call_targets_that_exist(makefile: str) -> None:
    """Every `make …` in the documents can be typed."""
    called = {str(page.relative_to(ROOT)): mentions(page.read_text()) for page in DOCUMENTS}
    assert called["README.md"]
    assert called["CONTRIBUTING.md"]
    assert {name: unknown for name, words in called.items() if (unknown := words - set(targets(makefile)))} == {}


def test_continuous_integration_runs_make_test() -> None:
    """CI runs what the Makefile offers and nothing else."""
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if re.search(r"\bmake\b", line) and not line.startswith("#")] == ["exec make test"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_test_includes_lint_and_check_generated(makefile: str) -> None:
    """`make test` refuses stale generated code and code that does not pass lint."""
    plan = subprocess.run(["make", "-C", ROOT, "--dry-run", "test"], check=True, capture_output=True, text=True)
    for step in (
        "ruff check",
        "ruff format --quiet --check",
        "mypy",
        "lint-imports",
        "generate --check",
        "pytest",
    ):
        assert step in plan.stdout


def test_checks_can_fail() -> None:
    """An undescribed target and a call of a missing one are seen."""
    assert targets("PORT := 1\nbuild: setup ## Build\nship: build\n\t@true\n") == {
        "build": "Build",
        "ship": None,
    }
    assert mentions("Then `make ship`; make sure of it.\n```\nmake PORT=1 build\n```\n") == {"ship", "build"}
