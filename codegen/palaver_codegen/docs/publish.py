"""From documents to a site on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from palaver_codegen.build import build
from palaver_codegen.docs.changes import Past
from palaver_codegen.docs.proof import Scenario
from palaver_codegen.docs.reference import reference
from palaver_codegen.docs.render import Publication, render
from palaver_codegen.documents import Bundle, check, dialect_folder, known_dialects, load_bundle
from palaver_codegen.documents.folder import ASYNCAPI, GRPC, OPENAPI, none_here
from palaver_codegen.documents.problems import DocumentsRefused, has_errors
from palaver_codegen.documents.tree import Json
from palaver_codegen.render import render_types

MARK = "palaver-site.json"
"""The file by which a site is known to be one of ours; it lists the files of the site."""

_ABOUT = "This folder is written by `palaver docs`; whatever is listed here is replaced or removed by the next run."


class NotOurs(Exception):
    """The folder holds something that is no site of ours; nothing is written or removed."""


@dataclass(frozen=True)
class Written:
    """What publishing did: how many files the site has, and how many of them were written or removed just now."""

    files: int
    written: int
    removed: int


def chosen(spec: Path, dialects: Sequence[str]) -> list[Path]:
    """Return the folders of dialects: those named, all that `spec` holds, or `spec` itself if it is one.

    `DocumentsRefused` for a name that is not there, and where there are no documents at all.
    """
    if any((spec / file).is_file() for file in (ASYNCAPI, OPENAPI, GRPC)) and not dialects:
        return [spec]
    names = list(dict.fromkeys(dialects)) or known_dialects(spec)
    if not names:
        remedy = "name the folder of the documents, or the one that holds the dialects' folders, with --spec"
        raise DocumentsRefused([none_here(spec, remedy)])
    return [dialect_folder(spec, name) for name in names]


def site(
    folders: Sequence[Path],
    title: str = "",
    overlays: Sequence[Path] = (),
    scenarios: Sequence[Scenario] = (),
    past: Past | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, str]:
    """Return the files of a site about the dialects in these folders; `DocumentsRefused` if one cannot be read.

    `title` is what the site calls itself; without it, it is the title of the one document or a general one. With a
    `past` there are pages of what is new since. `progress` is told the name of each dialect as it begins.
    """
    publications = []
    for folder in folders:
        progress(folder.resolve().name)
        bundle, types = _read(folder, overlays)
        found = reference(bundle, scenarios, typed=bool(types))
        publications.append(Publication(found, _documents(bundle), types, past.changelog(bundle) if past else None))
    alone = publications[0].reference.title if len(publications) == 1 else "API reference"
    return render(publications, title or alone)


def write(files: Mapping[str, str], out: Path) -> Written:
    """Make a folder be exactly this site. `NotOurs` if it holds something that is none."""
    before = claim(out)
    # First, so that a run that is cut short leaves a site that the next one recognises.
    _mark(out, {*before, *files})
    written = 0
    for path, content in files.items():
        written += _put(out / path, content)
    stale = [out / path for path in before if path not in files]
    for target in stale:
        target.unlink(missing_ok=True)
        _prune(target.parent, out)
    _mark(out, files)
    return Written(len(files), written, len(stale))


def _read(folder: Path, overlays: Sequence[Path]) -> tuple[Bundle, str]:
    """Return the documents of a folder, and their TypeScript types.

    Types are made only of documents that `palaver generate` would take; what is published may be less than perfect.
    """
    if not overlays:
        bundle, problems = check(folder)
        if not has_errors(problems):
            return bundle, render_types(build(bundle, tuple(Path(label).name for label in bundle.labels)))
    return load_bundle(folder, overlays), ""


def _documents(bundle: Bundle) -> dict[str, Json]:
    return {kind: bundle.document[kind] for kind in ("asyncapi", "openapi")}


def claim(out: Path) -> list[str]:
    """Return the files of the site that is there; none if the folder is new or empty, `NotOurs` if it is another's."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return []
    try:
        listed = json.loads((out / MARK).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        raise NotOurs(
            f"{out} is not a site that palaver docs made: it has no {MARK}; move it away, or name another folder"
        ) from None
    # Nothing outside the folder is ever removed, whatever the file says.
    return [path for path in listed if isinstance(path, str) and (out / path).resolve().is_relative_to(out.resolve())]


def _mark(out: Path, files: Iterable[str]) -> None:
    _put(out / MARK, json.dumps({"about": _ABOUT, "files": sorted(files)}, indent=1) + "\n")


def _put(path: Path, content: str) -> bool:
    """Write a file if it is not so already; say whether it was written."""
    data = content.encode()
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return True


def _prune(folder: Path, out: Path) -> None:
    while folder != out and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
