"""What is compared with what: folders of documents, revisions, and the documents as they are now."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from palaver_codegen.diff.change import Change
from palaver_codegen.diff.revisions import extract, names_in, resolve_revision, top_of
from palaver_codegen.documents import Bundle, DocumentsRefused, known_dialects, load_bundle
from palaver_codegen.documents.folder import ASYNCAPI, GRPC, OPENAPI
from palaver_codegen.documents.problems import Place, Problem

HOME = Path("spec")
"""Where documents are when nobody says so."""

_DOCUMENTS = frozenset({ASYNCAPI, OPENAPI, GRPC})


class NoDocuments(Exception):
    """Raised for a folder that holds no documents."""


@dataclass(frozen=True)
class Side:
    """One side: its dialects by name, and how the paths of its files are shown.

    `single` is whether a dialect's own folder was named and not a folder of several.
    """

    dialects: Mapping[str, Bundle]
    single: bool
    root: str = ""
    shown: str = ""

    def place(self, place: Place | None) -> Place | None:
        """Return a place with its file as people know it: `v1.0:spec/…` for one that was read from a revision."""
        if place is None or not self.root:
            return place
        return replace(place, file=_shown(place.file, self.root, self.shown))


def read_folder(folder: Path, spec: str | None = None) -> Side:
    """Read a folder of documents, or of dialects; with `spec` only that dialect of the latter."""
    if spec is not None and _is_dialect(folder / spec):
        folder = folder / spec
    return Side(*_loaded(folder))


def read_working_tree(spec: str | None) -> Side:
    """Read the documents as they are now: those in `spec`, by default all in the folder of that name."""
    found = [path for path in _candidates(spec) if path.is_dir()]
    if not found:
        raise NoDocuments(
            f"there is no folder {' and no folder '.join(map(str, _candidates(spec)))}: name one with --spec"
        )
    return Side(*_loaded(found[0]))


def read_revision(name: str, spec: str | None, into: Path) -> Side:
    """Read the documents as they were: the same folder as now, of a revision; its files are written below `into`."""
    top = top_of(_candidates(spec)[0])
    commit = resolve_revision(top, name)
    for candidate in _candidates(spec):
        folder = os.path.relpath(candidate.resolve(), top)
        names = names_in(top, commit, folder)
        if not names:
            continue
        # A dialect's documents refer to what stands beside their folder.
        alone = not _DOCUMENTS.isdisjoint(names)
        extract(top, commit, str(Path(folder).parent) if alone else folder, into)
        root, shown = os.path.normpath(into), f"{name}:"
        try:
            return Side(*_loaded(into / folder, candidate), root, shown)
        except DocumentsRefused as refused:
            raise DocumentsRefused(_renamed(refused.problems, root, shown)) from None
    raise NoDocuments(f"{name} has no {' and no '.join(map(str, _candidates(spec)))}: name the folder with --spec")


def paired(old: Side, new: Side) -> tuple[Mapping[str, Bundle], Mapping[str, Bundle]]:
    """Return the dialects of both sides; where each is one dialect these are the same, whatever they are called."""
    if old.single and new.single:
        (bundle,), (name,) = old.dialects.values(), new.dialects
        return {name: bundle}, new.dialects
    return old.dialects, new.dialects


def placed(changes: Iterable[Change], old: Side, new: Side) -> list[Change]:
    """Return the changes with the paths of files as people know them."""
    return [replace(change, old=old.place(change.old), new=new.place(change.new)) for change in changes]


def _candidates(spec: str | None) -> list[Path]:
    return [HOME] if spec is None else [Path(spec), HOME / spec]


def _is_dialect(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _DOCUMENTS)


def _loaded(folder: Path, called: Path | None = None) -> tuple[dict[str, Bundle], bool]:
    if _is_dialect(folder):
        return {folder.resolve().name: load_bundle(folder)}, True
    names = known_dialects(folder)
    if not names:
        listed = ", ".join(sorted(_DOCUMENTS))
        raise NoDocuments(f"{called or folder} holds no documents: neither {listed} nor folders with these")
    return {name: load_bundle(folder / name) for name in names}, False


def _renamed(problems: Iterable[Problem], root: str, shown: str) -> list[Problem]:
    return [
        replace(problem, place=replace(problem.place, file=_shown(problem.place.file, root, shown)))
        for problem in problems
    ]


def _shown(file: str, root: str, shown: str) -> str:
    return shown + file[len(root) :].lstrip("/") if file.startswith(root) else file
