"""The four ways into Palaver that the README shows are short, and those that other pages show, too."""

import re
from pathlib import Path

from doubles.tutorial import blocks

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
    whole = re.split(r"\n(?:\*\*|## )", rest, maxsplit=1)[0]
    commands = [each for each in typed(whole) if each != "make setup"]
    assert commands, title
    return commands


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


def test_server_of_your_own_is_the_one_of_the_guide() -> None:
    """What is typed for it is typed in the guide, which a test follows, with the folder named at each command."""
    guide = typed((ROOT / "docs" / "howto" / "start-a-project.md").read_text(encoding="utf-8"))
    here = [each.replace(PALAVER, "palaver ") for each in way("You want a chat server.")]
    assert [here[0], "cd desk", here[1].replace(" -C desk", "")] == guide


def test_pictures_are_small() -> None:
    """A picture of the README is there, and loads at once."""
    shown = re.findall(r"^!\[[^]]+\]\((docs/[a-z-]+\.png)\)$", README, re.MULTILINE)
    assert len(shown) == 3
    assert all((ROOT / name).stat().st_size < 150_000 for name in shown)
