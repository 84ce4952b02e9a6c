"""From text to disk: writing what changed, removing what is stale, or only comparing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MARK = "DO NOT EDIT"


class Difference(StrEnum):
    """How a file on disk differs from what is generated."""

    CHANGED = "changed"
    MISSING = "missing"
    STALE = "stale"


@dataclass(frozen=True, order=True, slots=True)
class FileDifference:
    """One file that is not as it would be generated; `path` is below the output folder."""

    path: str
    kind: Difference


class ForeignFolder(Exception):
    """The output folder holds something that was not generated; nothing is written or removed."""


def compare(files: Mapping[str, str], out: Path, owned: Iterable[str]) -> list[FileDifference]:
    """Compare whole trees. `owned` names the folders in which every file not in `files` is stale."""
    differences = []
    for path, content in files.items():
        target = out / path
        if not target.is_file():
            differences.append(FileDifference(path, Difference.MISSING))
        elif target.read_bytes() != content.encode():
            differences.append(FileDifference(path, Difference.CHANGED))
    for folder in owned:
        for target in (out / folder).rglob("*"):
            path = target.relative_to(out).as_posix()
            if target.is_file() and path not in files and "__pycache__" not in target.parts:
                differences.append(FileDifference(path, Difference.STALE))
    return sorted(set(differences))


def write(files: Mapping[str, str], out: Path, owned: Iterable[str]) -> list[FileDifference]:
    """Make the tree as it should be and return what was different. `ForeignFolder` if it is not ours to change."""
    owned = tuple(owned)
    for folder in owned:
        _claim(out, folder)
    differences = compare(files, out, owned)
    for difference in differences:
        target = out / difference.path
        if difference.kind is Difference.STALE:
            target.unlink()
            _prune(target.parent, out)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(files[difference.path], encoding="utf-8", newline="\n")
    return differences


def _claim(out: Path, folder: str) -> None:
    """Return a folder may be rewritten if it is new or its package says that it was generated."""
    target = out / folder
    package = target / "__init__.py"
    if not target.is_dir() or not any(target.iterdir()):
        return
    if not package.is_file() or MARK not in package.read_text(encoding="utf-8"):
        raise ForeignFolder(f"{target} was not generated: it has no __init__.py that says {MARK!r}")


def _prune(folder: Path, out: Path) -> None:
    """Remove folders that have become empty, byte code aside."""
    while folder != out:
        rest = [entry for entry in folder.iterdir() if entry.name != "__pycache__"]
        if rest:
            return
        for cached in (folder / "__pycache__").glob("*.pyc"):
            cached.unlink()
        (folder / "__pycache__").rmdir() if (folder / "__pycache__").is_dir() else None
        folder.rmdir()
        folder = folder.parent
