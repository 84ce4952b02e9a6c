"""The whole way from documents to the text of generated files, for any number of dialects."""

from __future__ import annotations

import json
import os.path
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from palaver_codegen.cache import Cache
from palaver_codegen.documents import Problem
from palaver_codegen.documents.check import check_all
from palaver_codegen.documents.folder import selected
from palaver_codegen.documents.problems import has_errors, in_order
from palaver_codegen.documents.tree import Json, mapping, sequence, text
from palaver_codegen.render import PACKAGE, Models, folder_of, render


@dataclass(frozen=True)
class Generation:
    """What was made of documents: files by path below the output folder, none if a problem is an error.

    `owned` names the folders that hold nothing but these files.
    """

    files: dict[str, str]
    owned: tuple[str, ...]
    problems: list[Problem]


def generate(
    spec: Path, dialects: Sequence[str] = (), package: str = PACKAGE, cache: Cache | None = None
) -> Generation:
    """Generate the named dialects, or all that `spec` holds; `DocumentsRefused` for one that it does not hold.

    With a cache, documents that did not change, and in which nothing was found, are not even read as such.
    """
    folders = selected(spec, dialects)
    if cache is None:
        return _generate(spec, folders, dialects, package, None)[0]
    key = cache.key("generation", _everything(spec, [folder.name for folder in folders], dialects, package))
    kept = _kept(cache.get(key))
    if kept is not None:
        return kept
    generation, labels = _generate(spec, folders, dialects, package, partial(_models, cache))
    # A file elsewhere has no part in the key.
    if not generation.problems and all(Path(label).resolve().is_relative_to(spec.resolve()) for label in labels):
        cache.put(key, _to_keep(generation))
    return generation


def _generate(
    spec: Path, folders: Sequence[Path], dialects: Sequence[str], package: str, models: Models | None
) -> tuple[Generation, set[str]]:
    """Generate; the second value names every file that was read for it."""
    from palaver_codegen.build import build

    root = spec.resolve().parent
    problems: list[Problem] = []
    labels: set[str] = set()
    built = []
    for checked in check_all(folders):
        bundle, found = checked.bundle, checked.problems
        problems += found
        labels.update(bundle.labels)
        if has_errors(found):
            continue
        sources = tuple(Path(os.path.relpath(label, root)).as_posix() for label in bundle.labels)
        built.append(build(bundle, sources))
    problems = in_order(problems)
    base = folder_of(package)
    owned = tuple(f"{base}/{folder.name}" for folder in folders) if dialects else (base,)
    files = {} if has_errors(problems) else render(built, package, models)
    return Generation(files, owned, problems), labels


def _everything(spec: Path, names: Sequence[str], dialects: Sequence[str], package: str) -> list[bytes]:
    """Return all that decides a generation: what was asked, and every file that documents may refer to."""
    parts = [spec.name.encode(), package.encode(), *(name.encode() for name in (*names, "", *dialects))]
    for path in sorted(spec.rglob("*")):
        if path.is_file():
            parts += [path.relative_to(spec).as_posix().encode(), path.read_bytes()]
    return parts


def _models(cache: Cache, definitions: dict[str, Json], header: str) -> str:
    """Return the source of models.py, from the cache if another document has changed since."""
    key = cache.key("models", [json.dumps(definitions).encode(), header.encode()])
    kept = cache.get(key)
    if not isinstance(kept, str):
        from palaver_codegen.models import render_models

        kept = render_models(definitions, header)
        cache.put(key, kept)
    return kept


def _to_keep(generation: Generation) -> Json:
    return {"files": dict(generation.files), "owned": list(generation.owned)}


def _kept(value: Json) -> Generation | None:
    if value is None:
        return None
    whole = mapping(value)
    files = {path: text(content) for path, content in mapping(whole["files"]).items()}
    return Generation(files, tuple(map(text, sequence(whole["owned"]))), [])
