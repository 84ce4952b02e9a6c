"""The command `palaver docs`, which takes two rooms: codegen writes the site, conformance knows what proves it."""

import json
import sys
import time
import webbrowser
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from palaver.rooms import is_ours
from palaver_codegen.diff.revisions import GitMissing, RevisionUnknown
from palaver_codegen.diff.sides import NoDocuments
from palaver_codegen.docs.changes import Past
from palaver_codegen.docs.proof import Scenario, read_scenarios
from palaver_codegen.docs.publish import NotOurs, Written, chosen, claim, site, write
from palaver_codegen.documents import DocumentsRefused
from palaver_codegen.documents.report import as_text

_PROBLEMS, _USAGE, _COULD_NOT = 1, 2, 3

_EPILOG = """\b
Examples:
  palaver docs --open                        all in spec/, in site/, and in the browser
  palaver docs --spec ../backend/docs        documents anywhere
  palaver docs --since v1.0                  with what changed since

\b
Exit codes: 0 done; 1 problems in documents; 2 wrong usage; 3 the site cannot be written.
"""


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command(epilog=_EPILOG)(docs)


def docs(
    dialects: Annotated[list[str] | None, typer.Argument(metavar="DIALECT", help="Default: all.")] = None,
    spec: Annotated[
        Path, typer.Option(help="The folder that holds a folder for each dialect, or the documents of one.")
    ] = Path("spec"),
    overlay: Annotated[
        list[Path] | None,
        typer.Option(help="Overlay for the documents of the one dialect; repeatable."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder of the site; it is new, empty, or a site made before.")] = Path(
        "site"
    ),
    title: Annotated[str, typer.Option(help="What the site calls itself. Default: the title of the document.")] = "",
    scenarios: Annotated[
        Path | None,
        typer.Option(help="Scenarios, as `palaver conform --list --json FILE` writes them. Default: the shipped ones."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="REVISION", help="Tell what changed since a tag, branch or commit of git.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
    open_: Annotated[bool, typer.Option("--open", help="Show the site in the browser.")] = False,
) -> None:
    """Publish the documents as a web site that needs no server and no network."""
    begun = time.monotonic()
    try:
        folders = chosen(spec, dialects or [])
        _agree(overlay or [], since, len(folders))
        claim(out)
        proofs = _scenarios(scenarios)
        past = Past(since, spec) if since else None
    except (GitMissing, NotOurs) as error:
        _fail(str(error), _COULD_NOT)
    except DocumentsRefused as refused:
        typer.echo(as_text(refused.problems), err=True, nl=False)
        raise typer.Exit(_USAGE) from None
    except (_Misused, NoDocuments, RevisionUnknown) as misused:
        _fail(str(misused), _USAGE)
    try:
        files = site(folders, title, overlay or [], proofs, past, progress=_progress)
        done = write(files, out)
    except DocumentsRefused as refused:
        typer.echo(as_text(refused.problems), err=True, nl=False)
        typer.echo("nothing was written", err=True)
        raise typer.Exit(_PROBLEMS) from None
    except OSError as error:
        _fail(f"{out} cannot be written: {error.strerror}", _COULD_NOT)
    index = out / "index.html"
    if as_json:
        typer.echo(json.dumps({"index": str(index), **asdict(done)}, indent=2))
    else:
        typer.echo(_said(index, done, time.monotonic() - begun))
    if open_:
        webbrowser.open(index.resolve().as_uri())


def _progress(dialect: str) -> None:
    """Say what is under way, to people alone."""
    if sys.stderr.isatty():
        typer.echo(f"reading {dialect}", err=True)


def _said(index: Path, done: Written, seconds: float) -> str:
    said = f"{done.written} written, {done.removed} removed" if done.written or done.removed else "as before"
    return f"{index}: {done.files} files, {said}, in {seconds:.1f} s"


def _agree(overlays: Sequence[Path], since: str | None, dialects: int) -> None:
    """Refuse what does not go together."""
    if overlays and dialects > 1:
        raise _Misused("an overlay belongs to one dialect: name it, or give its folder by --spec")
    if overlays and since:
        raise _Misused("an overlay is not part of a revision: without it in both, everything would seem new")


def _fail(text: str, code: int) -> NoReturn:
    typer.echo(f"palaver docs: {text}", err=True)
    raise typer.Exit(code)


class _Misused(Exception):
    """The arguments make no sense; the text says why."""


def _scenarios(file: Path | None) -> tuple[Scenario, ...]:
    """Return the scenarios of a file, else those that are shipped; none where the judge is not installed."""
    if file is None:
        try:
            from palaver_conformance.report import json as report
            from palaver_conformance.scenarios import all_scenarios
        except ModuleNotFoundError as error:
            if error.name is None or is_ours(error.name):
                raise
            typer.echo("no scenarios are shown: for them, pip install 'palaver[conformance]'", err=True)
            return ()
        return read_scenarios(json.loads(report.listing(all_scenarios())))
    try:
        return read_scenarios(json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise _Misused(f"{file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise _Misused(f"{file} has no scenarios: {error}; `palaver conform --list --json FILE` writes them") from None
