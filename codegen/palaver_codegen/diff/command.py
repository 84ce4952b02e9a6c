"""The command `palaver diff`."""

from __future__ import annotations

import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from palaver_codegen.diff.change import at_least
from palaver_codegen.diff.comparison import compare_all
from palaver_codegen.diff.report import as_changelog, as_json, as_markdown, as_text, counted
from palaver_codegen.diff.revisions import GitMissing, RevisionUnknown
from palaver_codegen.diff.rules import Severity
from palaver_codegen.diff.sides import NoDocuments, Side, paired, placed, read_folder, read_revision, read_working_tree
from palaver_codegen.documents import DocumentsRefused
from palaver_codegen.documents import report as problems

_BREAKS, _USAGE, _COULD_NOT = 1, 2, 3
_COLOURS = {Severity.BREAKING: "red", Severity.RISKY: "yellow", Severity.SAFE: "green"}

_EPILOG = """\b
Examples:
  palaver diff HEAD                          what is changed and not committed
  palaver diff v1.0 HEAD --spec chat         one dialect, from a tag to the last commit
  palaver diff old/spec new/spec             two folders
  palaver diff main --format markdown        for a comment at a pull request
  palaver diff v1.0 --format changelog       entries for CHANGELOG.md

\b
Exit codes: 0 nothing breaks; 1 something does (see --fail-on); 2 wrong usage; 3 documents that cannot be read.
"""


class Format(StrEnum):
    """How changes are shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    CHANGELOG = "changelog"


class FailOn(StrEnum):
    """What makes the command fail."""

    BREAKING = "breaking"
    RISKY = "risky"
    NEVER = "never"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=_EPILOG)(diff)


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A folder of documents, or a git revision.")],
    new: Annotated[
        str | None,
        typer.Argument(metavar="NEW", help="The same. Default: the documents as they are now.", show_default=False),
    ] = None,
    spec: Annotated[
        str | None,
        typer.Option(help="The folder of documents in a revision and now, or a dialect's name. Default: spec."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How changes are shown.")] = Format.TEXT,
    as_json_text: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    fail_on: Annotated[FailOn, typer.Option(help="What to exit with 1 for.")] = FailOn.BREAKING,
) -> None:
    """Tell what changed between two versions of documents, and whom it breaks.

    What clients send may only widen; what the server sends or acknowledges may only narrow.
    """
    with tempfile.TemporaryDirectory(prefix="palaver-diff-") as name:
        try:
            before = _read(old, spec, Path(name) / "old")
            after = read_working_tree(spec) if new is None else _read(new, spec, Path(name) / "new")
        except (NoDocuments, RevisionUnknown) as error:
            _fail(str(error), _USAGE)
        except GitMissing as error:
            _fail(str(error), _COULD_NOT)
        except DocumentsRefused as refused:
            typer.echo(problems.as_text(refused.problems), err=True, nl=False)
            _fail("these documents cannot be compared", _COULD_NOT)
    changes = placed(compare_all(*paired(before, after)), before, after)
    match Format.JSON if as_json_text else form:
        case Format.TEXT:
            typer.echo(as_text(changes, _styled) + counted(changes))
        case Format.JSON:
            typer.echo(as_json(changes), nl=False)
        case Format.MARKDOWN:
            typer.echo(as_markdown(changes), nl=False)
        case Format.CHANGELOG:
            typer.echo(as_changelog(changes), nl=False)
    if fail_on is not FailOn.NEVER and at_least(changes, Severity(fail_on.value)):
        raise typer.Exit(_BREAKS)


def _read(named: str, spec: str | None, into: Path) -> Side:
    folder = Path(named)
    return read_folder(folder, spec) if folder.is_dir() else read_revision(named, spec, into)


def _styled(severity: Severity) -> str:
    return typer.style(severity.value, fg=_COLOURS[severity])


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"palaver diff: {message}", err=True)
    raise typer.Exit(code)
