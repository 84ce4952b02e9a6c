"""Two versions of documents: those in tests/codegen/diff/base, and those with edits.

`cases/` there is the table of changes whose verdict is known, by the module that has to see them: edits, and exactly
the rules that have to report them with their severity, from old to new and `back`. An edit replaces the one place where
`find` stands; the edits of `from` make the old version.
"""

import shutil
from pathlib import Path
from typing import Any

import yaml

from palaver_codegen.diff import Change
from palaver_codegen.diff.kinds import Difference, Kind
from palaver_codegen.diff.schemas import Comparison

HOME = Path(__file__).parents[1] / "codegen" / "diff"
BASE = HOME / "base"
CASES: dict[str, list[dict[str, Any]]] = {
    file.stem: yaml.safe_load(file.read_text()) for file in sorted((HOME / "cases").glob("*.yaml"))
}

Edit = dict[str, Any]


def write(folder: Path, edits: list[Edit]) -> None:
    """Copy the base into a folder and edit it there."""
    shutil.copytree(BASE, folder)
    for edit in edits:
        path = folder / edit["file"]
        if edit.get("remove"):
            path.unlink()
            continue
        content = path.read_text()
        count = content.count(edit["find"])
        assert count == 1, f"{edit['find']!r} stands {count} times in {edit['file']}"
        path.write_text(content.replace(edit["find"], edit["put"]))


def dialect_of(edits: list[Edit]) -> str:
    """Return the dialect that edits are of: by their files, and `chat` for those that all share."""
    return next((edit["file"].split("/")[0] for edit in edits if not edit["file"].startswith("common/")), "chat")


def verdicts(changes: list[Change]) -> list[str]:
    """Return rule and severity of each change, in the form of the table."""
    return sorted(f"{change.rule.id} {change.severity}" for change in changes)


def kinds(old: Any, new: Any) -> list[Kind]:
    """Return the kinds of difference between two schemas."""
    return [each.kind for each in differences(old, new)]


def differences(old: Any, new: Any) -> tuple[Difference, ...]:
    """Return the differences between two schemas, which may refer to `#/defs` of theirs."""
    documents = [{"defs": each.get("defs", {})} if isinstance(each, dict) else {} for each in (old, new)]
    return Comparison(*documents).differences(old, new)
