"""The command `palaver lint`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from palaver_codegen.documents import DocumentsRefused
from palaver_codegen.documents.check import findings
from palaver_codegen.documents.folder import selected
from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.report import as_github, as_json, as_text
from palaver_codegen.documents.rules import RULES
from palaver_codegen.documents.rules.page import explained, listed
from palaver_codegen.documents.sarif import as_sarif
from palaver_codegen.documents.settings import Style

_FOUND, _USAGE = 1, 2

_EPILOG = """\b
Examples:
  palaver lint                               all in spec/
  palaver lint chat --fail-on warning        one dialect, and nothing left to mend
  palaver lint --spec ../backend/docs        documents anywhere
  palaver lint --format github               annotations in a workflow of GitHub
  palaver lint --explain string-unbounded    why there is a rule, and what to do

\b
Exit codes: 0 nothing that matters enough (warnings may be shown, see --fail-on); 1 problems; 2 wrong usage.
"""


class Format(StrEnum):
    """How problems are shown."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=_EPILOG)(lint)


def lint(
    dialects: Annotated[list[str] | None, typer.Argument(metavar="DIALECT", help="Default: all.")] = None,
    spec: Annotated[
        Path, typer.Option(help="The folder that holds a folder for each dialect, or the documents of one.")
    ] = Path("spec"),
    form: Annotated[Format, typer.Option("--format", help="How problems are shown.")] = Format.TEXT,
    as_json_text: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    level: Annotated[Level, typer.Option(help="Show what matters at least as much as this.")] = Level.WARNING,
    fail_on: Annotated[Level, typer.Option(help="Exit with 1 for what matters at least as much.")] = Level.ERROR,
    style: Annotated[
        Style | None, typer.Option(help="Whose documents these are: `foreign` leaves the rules of the house out.")
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules and exit.")] = False,
    explain: Annotated[str, typer.Option(metavar="RULE", help="Say why there is a rule, and exit.")] = "",
) -> None:
    """Check the documents in spec/ and report every problem with its place.

    Settings are read from .palaver-lint.yaml beside the documents. A comment `# palaver: ignore[RULE] reason`
    suppresses a finding on its line, or on the next one; `ignore-file[RULE]` those in its file.
    """
    if rules or explain:
        typer.echo(_explained(explain) if explain else listed(), nl=False)
        return
    folders = _folders(spec, dialects or ())
    found = findings(folders, style)
    shown = [problem for problem in found if problem.level.reaches(level)]
    match Format.JSON if as_json_text else form:
        case Format.TEXT:
            color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
            typer.echo(as_text(shown, excerpts=True, color=color), nl=False, color=color)
            typer.echo(f"{', '.join(folder.resolve().name for folder in folders)}: {counted(shown)}")
        case Format.JSON:
            typer.echo(as_json(shown), nl=False)
        case Format.SARIF:
            typer.echo(as_sarif(shown, RULES), nl=False)
        case Format.GITHUB:
            typer.echo(as_github(shown), nl=False)
    raise typer.Exit(_FOUND if any(problem.level.reaches(fail_on) for problem in found) else 0)


def counted(problems: Sequence[Problem]) -> str:
    """Return how many problems there are of each level, in words."""
    counts = [(sum(problem.level is level for problem in problems), level) for level in Level]
    return ", ".join(f"{count} {level}{'' if count == 1 else 's'}" for count, level in counts if count) or "no problems"


def _explained(name: str) -> str:
    if name in RULES:
        return explained(RULES[name])
    close = get_close_matches(name, RULES, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "--rules lists them all"
    typer.echo(f"palaver lint: there is no rule {name!r}; {hint}", err=True)
    raise typer.Exit(_USAGE)


def _folders(spec: Path, dialects: Sequence[str]) -> list[Path]:
    """Return the folders of the dialects, or exit as after a wrong argument."""
    try:
        return selected(spec, dialects)
    except DocumentsRefused as refused:
        typer.echo(as_text(refused.problems), err=True, nl=False)
        raise typer.Exit(_USAGE) from None
