"""The command `palaver generate`."""

from __future__ import annotations

import json
import keyword
from pathlib import Path
from typing import Annotated

import typer

from palaver_codegen.cache import FOLDER, Cache
from palaver_codegen.documents import DocumentsRefused
from palaver_codegen.documents.folder import selected
from palaver_codegen.documents.problems import Level, has_errors
from palaver_codegen.documents.report import as_data, as_text
from palaver_codegen.emit import Difference, FileDifference, ForeignFolder, compare, write
from palaver_codegen.generate import generate as run
from palaver_codegen.lint import counted
from palaver_codegen.render import PACKAGE

_PROBLEMS, _USAGE, _COULD_NOT = 1, 2, 3

_EPILOG = """\b
Examples:
  palaver generate                           all in spec/, into generated/palaver_wire
  palaver generate --check                   in CI: is what was generated what the documents say?
  palaver generate --package desk_wire       a package of your own

\b
Exit codes: 0 done, or with --check nothing to do; 1 problems in documents, or with --check a file that differs;
2 wrong usage; 3 the output folder is not one of ours, or cannot be written.
"""

_Dialects = Annotated[list[str] | None, typer.Argument(metavar="DIALECT", help="Default: all.")]
_Spec = Annotated[Path, typer.Option(help="The folder that holds a folder for each dialect.")]
_Package = Annotated[
    str, typer.Option(metavar="NAME", help="The package to generate, which is not to be edited by hand.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=_EPILOG)(generate)


def generate(
    dialects: _Dialects = None,
    spec: _Spec = Path("spec"),
    out: Annotated[Path, typer.Option(help="The folder for generated packages; nothing else is touched.")] = Path(
        "generated"
    ),
    package: _Package = PACKAGE,
    only_check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if a file is changed, missing or stale.")
    ] = False,
    cached: Annotated[
        bool, typer.Option("--cache/--no-cache", help=f"Keep in {FOLDER} what was generated, for the next time.")
    ] = True,
    as_json_text: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Generate the API layer from the documents in spec/."""
    _folders(spec, dialects)
    _named(package)
    generation = run(spec, dialects or (), package, Cache(FOLDER) if cached else None)
    refused = has_errors(generation.problems)
    differences: list[FileDifference] = []
    if not refused:
        try:
            act = compare if only_check else write
            differences = act(generation.files, out, generation.owned)
        except ForeignFolder as error:
            typer.echo(f"palaver generate: {error}; move it away, or name another folder with --out", err=True)
            raise typer.Exit(_COULD_NOT) from None
    if as_json_text:
        listed = {kind: [item.path for item in differences if item.kind is kind] for kind in Difference}
        typer.echo(json.dumps({"problems": as_data(generation.problems), **listed}, indent=2))
    else:
        errors = [problem for problem in generation.problems if problem.level is Level.ERROR]
        typer.echo(as_text(errors), err=True, nl=False)
        if refused:
            typer.echo(f"nothing was written: {counted(errors)}", err=True)
        for difference in differences:
            typer.echo(f"{_said(difference, only_check)} {out / difference.path}")
        if not refused and not differences:
            typer.echo(f"{out} is up to date: {len(generation.files)} files")
    raise typer.Exit(_PROBLEMS if refused or (only_check and differences) else 0)


def _folders(spec: Path, dialects: list[str] | None) -> list[Path]:
    """Return the folders of the dialects, or exit as after a wrong argument."""
    try:
        return selected(spec, dialects or ())
    except DocumentsRefused as refused:
        typer.echo(as_text(refused.problems), err=True, nl=False)
        raise typer.Exit(_USAGE) from None


def _named(package: str) -> None:
    """Exit as after a wrong argument unless a package can be called so."""
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in package.split(".")):
        typer.echo(f"palaver: {package!r} cannot be the name of a Python package; give one like desk_wire", err=True)
        raise typer.Exit(_USAGE)


def _said(difference: FileDifference, only_check: bool) -> str:
    if only_check:
        return f"{difference.kind}:"
    done = {Difference.CHANGED: "rewrote", Difference.MISSING: "wrote", Difference.STALE: "removed"}
    return done[difference.kind]
