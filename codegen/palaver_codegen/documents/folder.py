"""The files of one dialect: found, read once each, and looked up by reference."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from palaver_codegen.documents import overlay as overlays
from palaver_codegen.documents.problems import DocumentsRefused, Place, Problem
from palaver_codegen.documents.source import Source, read_source
from palaver_codegen.documents.tree import Block, Json

ASYNCAPI = "asyncapi.yaml"
OPENAPI = "openapi.yaml"
GRPC = "grpc.yaml"
OVERLAY = "overlay.yaml"
CATALOGUE = Path("common") / "errors.yaml"


def known_dialects(spec: Path) -> list[str]:
    """Return the dialects of a spec folder: its sub-folders that hold a document."""
    if not spec.is_dir():
        return []
    return sorted(entry.name for entry in spec.iterdir() if entry.is_dir() and _holds_documents(entry))


def _holds_documents(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (ASYNCAPI, OPENAPI, GRPC))


def dialect_folder(spec: Path, dialect: str) -> Path:
    """Return the folder of a dialect; `DocumentsRefused` with the known ones if there is none."""
    known = known_dialects(spec)
    if dialect in known:
        return spec / dialect
    close = get_close_matches(dialect, known, n=1)
    remedy = f"did you mean {close[0]!r}? " if close else ""
    remedy += f"known dialects: {', '.join(known)}" if known else f"{spec} holds no documents"
    raise DocumentsRefused([Problem(Place(str(spec)), "unknown-dialect", f"no dialect {dialect!r}", remedy)])


def selected(spec: Path, dialects: Sequence[str]) -> list[Path]:
    """Return the folders of the named dialects, or of all; `DocumentsRefused` for an unknown one or none at all.

    A folder that itself holds documents is the one dialect that there is.
    """
    if not dialects and _holds_documents(spec):
        return [spec]
    names = list(dict.fromkeys(dialects)) or known_dialects(spec)
    if not names:
        remedy = "name the folder that holds the dialects' folders with --spec"
        raise DocumentsRefused([none_here(spec, remedy)])
    return [dialect_folder(spec, name) for name in names]


def none_here(spec: Path, remedy: str) -> Problem:
    """Return what is wrong with a folder of documents in which there are none."""
    reason = "no documents are here" if spec.is_dir() else "there is no such folder"
    return Problem(Place(str(spec)), "unknown-dialect", reason, remedy)


class Folder:
    """The documents of one dialect, with overlays applied: the folder's own, then those that are given.

    Every problem in reading a file is kept in `problems`, once.
    """

    def __init__(self, path: Path, given: Sequence[Path] = ()) -> None:
        self.path = path
        self.dialect = path.resolve().name
        self.problems: list[Problem] = []
        self._read: dict[str, Source | None] = {}
        self.asyncapi = self._document(ASYNCAPI)
        self.openapi = self._document(OPENAPI)
        self.grpc = self._document(GRPC)
        self.errors = self.source(path.parent / CATALOGUE)
        self._overlays = self._overlaid(given)
        if not any((self.asyncapi, self.openapi, self.grpc)) and not self.problems:
            reason = f"none of {ASYNCAPI}, {OPENAPI} and {GRPC} is here"
            self.problems.append(Problem(Place(str(path)), "missing-document", reason, "write at least one of them"))
        overlaid = any(overlays.catalogue(each) is not None for each in self._overlays)
        if self.errors is None and not overlaid and not (path.parent / CATALOGUE).is_file():
            place = Place(str(path.parent / CATALOGUE))
            self.problems.append(
                Problem(
                    place,
                    "missing-document",
                    "the error catalogue is missing",
                    "write `errors: {CODE: …}`, or `x-palaver-errors` in an overlay",
                )
            )

    @property
    def sources(self) -> list[Source]:
        """Every file that was read, by path."""
        return [source for _, source in sorted(self._read.items()) if source is not None]

    def _overlaid(self, given: Sequence[Path]) -> list[Source]:
        """Apply the overlays, and return them."""
        roots = {"asyncapi": self.asyncapi, "openapi": self.openapi, "grpc": self.grpc}
        documents = overlays.Documents({kind: root for kind, root in roots.items() if root is not None}, self.beside)
        found: list[Source] = []
        for path in (self.path / OVERLAY, *given):
            source = self.source(path)
            if source is not None:
                found.append(source)
                self.problems += overlays.apply(source, documents)
            elif path in given and not path.is_file():
                reason = "there is no such overlay"
                self.problems.append(Problem(Place(str(path)), "missing-document", reason, "correct the path"))
        return found

    def _document(self, name: str) -> Source | None:
        return self.source(self.path / name)

    def source(self, path: Path) -> Source | None:
        """Return a file of the dialect, read at its first use; None if it is absent or is not readable YAML."""
        label = os.path.normpath(path)
        if label not in self._read:
            self._read[label] = None
            if Path(label).is_file():
                self._read[label], problems = read_source(Path(label), label)
                self.problems += problems
        return self._read[label]

    def beside(self, source: Source, name: str) -> Source | None:
        """Return the file that a reference in `source` names by a relative path."""
        return self.source(source.path.parent / name)

    def catalogue(self) -> dict[str, Json]:
        """Return the entries of the error catalogue, those of the overlays included; empty if there is none."""
        data = self.errors.data if self.errors else None
        errors = data.get("errors") if isinstance(data, dict) else None
        added = [entries for each in self._overlays if (entries := overlays.catalogue(each)) is not None]
        if not added:
            return errors if isinstance(errors, dict) else {}
        whole = Block(added[0].place)
        for part in (errors, *added):
            if isinstance(part, Block):
                for code, entry in part.items():
                    whole.put(code, entry, part.places[code])
        return whole
