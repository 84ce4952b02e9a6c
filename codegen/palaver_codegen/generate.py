"""The whole way from documents to the text of generated files, for any number of dialects."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from palaver_codegen.build import build
from palaver_codegen.documents import Problem
from palaver_codegen.documents.check import check_all
from palaver_codegen.documents.folder import selected
from palaver_codegen.documents.problems import has_errors, in_order
from palaver_codegen.render import PACKAGE, render


@dataclass(frozen=True)
class Generation:
    """What was made of documents: files by path below the output folder, none if a problem is an error.

    `owned` names the folders that hold nothing but these files.
    """

    files: dict[str, str]
    owned: tuple[str, ...]
    problems: list[Problem]


def generate(spec: Path, dialects: Sequence[str] = ()) -> Generation:
    """Generate the named dialects, or all that `spec` holds; `DocumentsRefused` for one that it does not hold."""
    folders = selected(spec, dialects)
    root = spec.resolve().parent
    problems: list[Problem] = []
    built = []
    for checked in check_all(folders):
        bundle, found = checked.bundle, checked.problems
        problems += found
        if has_errors(found):
            continue
        sources = tuple(Path(os.path.relpath(label, root)).as_posix() for label in bundle.labels)
        built.append(build(bundle, sources))
    problems = in_order(problems)
    owned = tuple(f"{PACKAGE}/{folder.name}" for folder in folders) if dialects else (PACKAGE,)
    return Generation({} if has_errors(problems) else render(built), owned, problems)
