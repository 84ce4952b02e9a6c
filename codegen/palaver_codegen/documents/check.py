"""The way from a folder to a bundle that can be relied on, and everything that is wrong on that way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from palaver_codegen.documents.bundle import Bundle, bundle, named_codes
from palaver_codegen.documents.folder import Folder, known_dialects
from palaver_codegen.documents.problems import DocumentsRefused, Problem, has_errors, in_order
from palaver_codegen.documents.rules import READING, lint
from palaver_codegen.documents.rules.subject import Subject


def check(folder: Path) -> tuple[Bundle, list[Problem]]:
    """Load, bundle, validate and lint one dialect; the problems are in order. The bundle is sound if none is an error.

    This needs the `codegen` extra, as OpenAPI documents are validated by openapi-spec-validator.
    """
    from palaver_codegen.documents.validate import validate

    result, problems = bundle(Folder(folder))
    # What has holes is not judged any further: every rule would find something at each of them.
    if not problems:
        problems = validate(result) + lint(Subject(result, _elsewhere(folder)))
    return result, in_order(problems)


def load_bundle(folder: Path, overlays: Sequence[Path] = ()) -> Bundle:
    """Load, overlay and bundle one dialect for whoever reads it; `DocumentsRefused` if any problem is an error.

    Only what a reader relies on is checked: neither the standards' own schemas nor the style of the house, which the
    authors of the documents may not share. What has no `x-chat` is nobody's business.
    """
    result, problems = bundle(Folder(folder, overlays))
    problems = problems or lint(Subject(result, annotated=True), READING)
    if has_errors(problems):
        raise DocumentsRefused(in_order(problems))
    return result


def _elsewhere(path: Path) -> frozenset[str]:
    """Return the error codes that the other dialects of the same spec folder name."""
    siblings = [name for name in known_dialects(path.parent) if path.parent / name != path]
    codes: set[str] = set()
    for name in siblings:
        other = Folder(path.parent / name)
        for source in (other.asyncapi, other.openapi, other.grpc):
            codes |= named_codes(source.data) if source is not None else set()
    return frozenset(codes)
