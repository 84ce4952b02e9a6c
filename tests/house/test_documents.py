"""What the documents for people say can be typed and followed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from palaver.__main__ import application
from palaver.rooms import owner

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

GROUPS = {"users", "sessions", "conversations"}
"""Commands that have commands."""

_CODE = re.compile(r"^```sh\n(?P<block>.*?)^```|`(?P<span>[^`\n]+)`", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\s*(?:\.venv/bin/)?palaver (?P<name>[a-z]+)(?P<rest>.*)$", re.MULTILINE)
_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)
_EDGE = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"\]\((?P<target>[^)#\s]+)")


def commands(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield each call of palaver in the code of a Markdown text: its command, of one word or two, and its flags."""
    for code in _CODE.finditer(text):
        lines = (code["block"] or code["span"]).replace("\\\n", "")
        for call in _COMMAND.finditer(lines):
            words = shlex.split(call["rest"], comments=True)
            below = words[:1] if call["name"] in GROUPS else []
            yield [call["name"], *below], [word for word in words if word.startswith("--")]


def unknown(text: str) -> list[str]:
    """Return what a Markdown text calls and palaver does not have."""
    found = []
    for words, flags in commands(text):
        name = " ".join(words)
        if owner(words[0]) is None:
            found.append(f"palaver {name}")
            continue
        shown = CliRunner().invoke(application(words[0]), [*words, "--help"], env={"COLUMNS": "200"})
        if shown.exit_code:
            found.append(f"palaver {name}")
            continue
        found += [f"palaver {name} {flag}" for flag in flags if not re.search(rf"{flag}\b", shown.output)]
    return found


def dead_links(document: Path) -> list[str]:
    """Return the relative links of a Markdown file that lead nowhere."""
    targets = (match["target"] for match in _LINK.finditer(document.read_text()))
    return [target for target in targets if "://" not in target and not (document.parent / target).exists()]


def shifted_rows(text: str) -> list[str]:
    """Return the rows of tables of a Markdown text that have more or fewer cells than the head of theirs."""
    found = []
    for table in _TABLE.finditer(_BLOCK.sub("", text)):
        head, *rows = table[0].splitlines()
        found += [row for row in rows if len(_EDGE.findall(row)) != len(_EDGE.findall(head))]
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_exist(document: Path) -> None:
    """Every `palaver …` in a document names a command and flags that exist."""
    assert unknown(document.read_text()) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link in a document leads to a file or folder."""
    assert dead_links(document) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_cells_are_under_their_heads(document: Path) -> None:
    """Every row of a table has as many cells as its head: all that follow one that is missing would be misread."""
    assert shifted_rows(document.read_text()) == []


def test_every_decision_is_in_the_index() -> None:
    """The index of decisions lists each record by its number and file."""
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    records = sorted(path.name for path in (ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert re.findall(r"\[\d{4}\]\(([^)]+)\)", index) == records


def test_checks_can_fail(tmp_path: Path) -> None:
    """A command, a flag and a link that do not exist are found, in blocks and in spans, and so is a shifted row."""
    text = "`palaver generate --chekc`, `palaver publish`, `palaver users adopt`, `palaver users list --al`\n"
    text += '```sh\n.venv/bin/palaver lint --format "js\\\non" \\\n  --nope\n```\n'
    assert unknown(text) == [
        "palaver generate --chekc",
        "palaver publish",
        "palaver users adopt",
        "palaver users list --al",
        "palaver lint --nope",
    ]
    page = tmp_path / "page.md"
    page.write_text("[here](page.md), [there](gone.md#part), [out](https://example.test/gone.md)")
    assert dead_links(page) == ["gone.md"]
    table = "| a | b |\n|---|---|\n| 1 |\n| 1 | a \\| b |\n"
    assert shifted_rows(f"{table}\n```\n| in a block |\n```\n") == ["| 1 |"]
