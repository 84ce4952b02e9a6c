"""`palaver new`: a project of one's own from nothing, from the files of a start in starts/."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from palaver_codegen.documents import known_dialects
from palaver_codegen.emit import write
from palaver_codegen.generate import generate
from palaver_codegen.names import pascal

_PLACEHOLDER = "NAME"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN = frozenset({"common", "generated", "spec", "tests", "palaver", "test"})


class Start(StrEnum):
    """What a project begins with."""

    CHAT = "chat"


class NotPossible(Exception):
    """A project cannot be made; the message says why, and what to do."""


@dataclass(frozen=True)
class Project:
    """A project to make.

    `made_by` is the palaver that makes it, `checkout` the folder of its sources; None where there is nothing to tell.
    """

    name: str
    port: int
    version: str
    start: Start = Start.CHAT
    made_by: Path | None = None
    checkout: Path | None = None

    @property
    def wire(self) -> str:
        """The name of the generated package."""
        return f"{self.name}_wire"


def check_name(name: str) -> None:
    """Raise NotPossible unless a package and a dialect can be called so."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise NotPossible(f"{name!r} is no name for it: take small letters, digits and _, as in desk or help_desk")
    if name in _TAKEN:
        raise NotPossible(f"{name!r} is the name of something else in a project; choose another")


def make(project: Project, folder: Path) -> list[str]:
    """Write a project into a folder that is new or empty, generate its API layer, and return the paths of all files.

    Raises NotPossible for a name that is none, and for a folder in which there is something.
    """
    check_name(project.name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotPossible(f"{folder} is there already, and is not empty: nothing of it was touched")
    written = dict(_files(project))
    found = {"MADE_BY": project.made_by, "PALAVER_FROM": project.checkout}
    lines = [f"{name} := {place}\n" for name, place in found.items() if place is not None]
    if lines:
        said = (
            "# This machine's own, and not committed: which palaver made the project, and where it is installed from.\n"
        )
        written["local.mk"] = "".join((said, *lines))
    for path, text in written.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    generation = generate(folder / "spec", (), project.wire)
    assert generation.files, generation.problems
    write(generation.files, folder / "generated", generation.owned)
    assert known_dialects(folder / "spec") == [project.name]
    return sorted([*written, *(f"generated/{path}" for path in generation.files)])


def _files(project: Project) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each file of the start."""
    environment = Environment(
        autoescape=False,  # noqa: S701 - the output is no HTML
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    values = {
        "name": project.name,
        "dashed": project.name.replace("_", "-"),
        "title": pascal(project.name),
        "wire": project.wire,
        "port": project.port,
        "version": project.version,
    }
    for path, template in _below(files(__package__) / "starts" / project.start.value):
        text = environment.from_string(template.read_text(encoding="utf-8")).render(values)
        yield path.replace(_PLACEHOLDER, project.name).removesuffix(".j2"), text


def _below(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _below(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".j2"):
            yield f"{prefix}{entry.name}", entry
