"""The four ways into Palaver that the README shows can be gone."""

import re
import shlex
from pathlib import Path

import pytest
from doubles.tutorial import blocks
from typer.testing import CliRunner

from palaver.__main__ import application

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PALAVER = ".venv/bin/palaver "


def typed(page: str) -> list[str]:
    """Return the commands of a page, each by itself."""
    lines = [command for block in blocks(page, "sh") for command in block.commands]
    return [command for line in lines for command in line.split(" && ")]


def way(title: str) -> list[str]:
    """Return the commands of a way of the README, without what each begins with."""
    _, found, rest = README.partition(f"\n**{title}")
    assert found, title
    whole = re.split(r"^(?:\*\*|## )", rest, maxsplit=1, flags=re.MULTILINE)[0]
    return [each for each in typed(whole) if each != "make setup"]


def test_ways_are_short() -> None:
    """Nobody types more than three lines."""
    paths = README.partition("\n## Four ways in\n")[2].partition("\n## ")[0]
    shown = [block.commands for block in blocks(paths, "sh")]
    assert sum(map(len, shown)) == 11
    assert max(map(len, shown)) == 3


def test_server_in_nestjs_is_judged_as_in_the_tutorial() -> None:
    """What is typed for it is typed in the tutorial, which a test follows; the report as a page comes on top."""
    tutorial = typed((ROOT / "docs" / "tutorials" / "from-a-failing-run-to-conformance.md").read_text(encoding="utf-8"))
    assert {each.removesuffix(" --html report.html") for each in way("You have a chat server")} <= set(tutorial)


def test_frontend_is_the_one_of_the_example() -> None:
    """What is typed for it stands in the example's own page."""
    page = (ROOT / "examples" / "web" / "README.md").read_text(encoding="utf-8").splitlines()
    assert set(way("You build a frontend.")) <= set(page)


def test_documents_are_checked_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The documents that stand for the reader's have no problems, and become a site; the mock is given the same."""
    lint, docs, mock = [shlex.split(each.removeprefix(PALAVER)) for each in way("You have documents")]
    monkeypatch.chdir(ROOT)
    for arguments in (lint, [*docs, "--out", str(tmp_path)]):
        done = CliRunner().invoke(application(arguments[0]), arguments)
        assert (done.exit_code, done.exception) == (0, None), done.output
    assert (tmp_path / "index.html").is_file()
    assert mock == ["mock", lint[-1]]


def test_pictures_are_small() -> None:
    """A picture of the README is there, and loads at once."""
    shown = re.findall(r"^!\[[^]]+\]\((docs/[a-z-]+\.png)\)$", README, re.MULTILINE)
    assert len(shown) == 3
    assert all((ROOT / name).stat().st_size < 60_000 for name in shown)
