"""The way from a folder to a bundle that can be relied on, and everything that is wrong on that way."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from palaver_codegen.documents.bundle import Bundle, bundle, named_codes
from palaver_codegen.documents.folder import Folder, known_dialects
from palaver_codegen.documents.problems import DocumentsRefused, Level, Problem, has_errors, in_order
from palaver_codegen.documents.rules import RULES, Scope, lint
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.settings import Settings, Style, read_settings
from palaver_codegen.documents.suppressions import Suppression, apply, read_comments, unused
from palaver_codegen.documents.validate import validate

_SCOPES = {Style.HOUSE: tuple(Scope), Style.FOREIGN: (Scope.READING, Scope.STANDARD)}


@dataclass(frozen=True)
class Checked:
    """A dialect that was looked at: its bundle, which is sound if no problem is an error, and the problems in order.

    `judged` is false where reading found so much that no rule was applied. `suppressions` are those in force, and
    `needed` has each rule of each of them that suppressed something.
    """

    folder: Path
    bundle: Bundle
    problems: list[Problem]
    judged: bool
    suppressions: tuple[Suppression, ...]
    needed: frozenset[tuple[Suppression, str]]


def check(folder: Path) -> tuple[Bundle, list[Problem]]:
    """Load, bundle, validate and lint one dialect by its settings; the bundle is sound if no problem is an error."""
    (checked,) = check_all([folder])
    return checked.bundle, checked.problems


def check_all(folders: Sequence[Path], style: Style | None = None) -> list[Checked]:
    """Check several dialects, each of which is read once; `style` goes before what the settings say."""
    loaded = {folder: Folder(folder) for folder in folders}
    named = {os.path.normpath(folder): _codes(each) for folder, each in loaded.items()}
    for spec in {os.path.normpath(folder / "..") for folder in folders}:
        for name in known_dialects(Path(spec)):
            sibling = os.path.normpath(Path(spec) / name)
            if sibling not in named:
                named[sibling] = _codes(Folder(Path(sibling)))
    return [
        _checked(
            each,
            frozenset().union(*(codes for path, codes in named.items() if path != os.path.normpath(folder))),
            style,
        )
        for folder, each in loaded.items()
    ]


def findings(folders: Sequence[Path], style: Style | None = None) -> list[Problem]:
    """Check several dialects, and find the suppressions that nothing needed.

    Those in a file that dialects share may be for another dialect: they are judged when all of a spec folder are.
    """
    checked = check_all(folders, style)
    needed = {pair for each in checked for pair in each.needed}
    specs = {os.path.normpath(folder / "..") for folder in folders}
    whole = all(each.judged for each in checked) and len(checked) == sum(
        len(known_dialects(Path(spec))) for spec in specs
    )
    judged = [
        suppression
        for each in checked
        for suppression in each.suppressions
        if whole or (each.judged and Path(suppression.place.file).parent == Path(os.path.normpath(each.folder)))
    ]
    return in_order([*(problem for each in checked for problem in each.problems), *unused(judged, needed)])


def load_bundle(folder: Path, overlays: Sequence[Path] = ()) -> Bundle:
    """Load, overlay and bundle one dialect for whoever reads it; `DocumentsRefused` if any problem is an error.

    Only what a reader relies on is checked: neither the standards' own schemas nor the style of the house, which the
    authors of the documents may not share. What has no `x-chat` is nobody's business.
    """
    result, problems = bundle(Folder(folder, overlays))
    problems = problems or lint(Subject(result, annotated=True), (Scope.READING,))
    if has_errors(problems):
        raise DocumentsRefused(in_order(problems))
    return result


def _checked(folder: Folder, elsewhere: frozenset[str], style: Style | None) -> Checked:
    result, found = bundle(folder)
    settings = read_settings(folder.path)
    # What has holes is not judged any further: every rule would find something at each of them.
    judged, scopes = not found, _SCOPES[style or settings.style]
    problems = found or _judged(result, elsewhere, scopes)
    suppressions = list(settings.suppressions)
    wrong = list(settings.problems)
    for label in result.labels:
        comments, faults = read_comments(label)
        suppressions += comments
        wrong += faults
    kept, needed = apply(_leveled(problems, settings), suppressions)
    # Nobody can tell whether a suppression is needed by looking at what was not looked for.
    needed |= {
        (each, rule)
        for each in suppressions
        for rule in each.rules
        if RULES[rule].scope not in scopes or settings.levels.get(rule, Level.NOTE) is None
    }
    return Checked(folder.path, result, in_order([*kept, *wrong]), judged, tuple(suppressions), frozenset(needed))


def _judged(result: Bundle, elsewhere: frozenset[str], scopes: tuple[Scope, ...]) -> list[Problem]:
    """Return what validation and the rules find; what a foreign team has left without `x-chat` is nobody's business."""
    problems = validate(result)
    subject = Subject(result, elsewhere)
    if Scope.HOUSE in scopes:
        return problems + lint(subject, scopes)
    problems += lint(subject, tuple(scope for scope in scopes if scope is not Scope.READING))
    return problems + lint(Subject(result, elsewhere, annotated=True), (Scope.READING,))


def _leveled(problems: list[Problem], settings: Settings) -> list[Problem]:
    """Return the problems at the levels of the settings, without those that are off."""
    levels = settings.levels
    return [
        replace(problem, level=level)
        for problem in problems
        if (level := levels.get(problem.rule, problem.level)) is not None
    ]


def _codes(folder: Folder) -> frozenset[str]:
    """Return the error codes that a dialect names."""
    documents = (folder.asyncapi, folder.openapi, folder.grpc)
    return frozenset(code for source in documents if source is not None for code in named_codes(source.data))
