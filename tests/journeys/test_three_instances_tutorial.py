"""The tutorial on several instances: its commands print what it shows."""

import sys
from pathlib import Path

from doubles.tutorial import Reader

PAGE = Path(__file__).parents[2] / "docs" / "tutorials" / "run-three-instances.md"


async def test_tutorial(tmp_path: Path) -> None:
    """Without Redis nothing crosses; with it everything does, and nothing is lost when an instance is killed."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    done = await Reader(tmp_path, "", lambda command, _: command).follow(PAGE.read_text())
    assert [code for command, code in done if " conform " in command] == [1, 0, 0]
