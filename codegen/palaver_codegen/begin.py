"""The commands that begin something of one's own: `palaver new` and `palaver scaffold`."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import asdict
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from palaver_codegen.documents import DocumentsRefused, check, dialect_folder
from palaver_codegen.documents.problems import Level, has_errors
from palaver_codegen.documents.report import as_text
from palaver_codegen.project import NotPossible, Project, Start, check_name, make
from palaver_codegen.render import PACKAGE

_PROBLEMS, _USAGE = 1, 2
_PORT = 4010

_NEW = """\b
Examples:
  palaver new desk                           a chat in the new folder desk
  palaver new desk --port 5000

\b
Exit codes: 0 done; 2 the name cannot be used, or the folder is not empty; 3 the folder cannot be written.
"""
_SCAFFOLD = """\b
Examples:
  palaver scaffold desk                      a first module, in ./desk
  palaver scaffold desk --json               which handlers are new or stale, for a script

\b
Exit codes: 0 written, or nothing is new or stale; 1 something is, or the documents have problems; 2 wrong usage;
3 the module cannot be written.
"""


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog=_NEW)(new)
    app.command(epilog=_SCAFFOLD)(scaffold)


def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Of the project, its package and its dialect: as in desk.")
    ],
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Where it is served if nobody says otherwise.")] = _PORT,
    start: Annotated[Start, typer.Option(help="What it begins with.")] = Start.CHAT,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Make a project of your own: documents, handlers, tests and a Makefile.

    It is written into a new folder of that name, and is complete: `make run` in it serves a chat over Socket.IO and
    REST with names of its own, and `make conform` proves that it keeps its documents.
    """
    try:
        check_name(name)
        _free(name)
        files = make(Project(name, port, version("palaver"), start, _made_by(), _checkout()), Path(name))
    except NotPossible as error:
        _fail(f"new: {error}")
    if as_json:
        typer.echo(json.dumps({"folder": name, "files": sorted(files)}, indent=2))
        return
    typer.echo(f"{name}/ is written: {len(files)} files. It is yours; generated/ alone is palaver's.")
    typer.echo(f"  serve it:   cd {name} && make run")
    typer.echo(f"  prove it:   cd {name} && make conform      (in a second terminal)")


def scaffold(
    dialect: Annotated[
        str, typer.Argument(metavar="DIALECT", help="The dialect for whose documents handlers are wanted.")
    ],
    spec: Annotated[Path, typer.Option(help="The folder that holds a folder for each dialect.")] = Path("spec"),
    package: Annotated[str, typer.Option(metavar="NAME", help="The generated package.")] = PACKAGE,
    out: Annotated[
        Path | None,
        typer.Option(help="The module to write, or a folder in which handlers are or will be. Default: ./DIALECT"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Write a first module of handlers, once; later tell which are new or stale.

    Every handler has its types and answers with the example of the documents. What is there already is never written
    over: then the handlers that the documents ask for and nobody has are shown, ready to paste, and those that they do
    not ask for (any more).
    """
    from palaver_codegen.build import build
    from palaver_codegen.scaffold import lag, module, target

    try:
        bundle, problems = check(dialect_folder(spec, dialect))
    except DocumentsRefused as refused:
        typer.echo(as_text(refused.problems), err=True, nl=False)
        raise typer.Exit(_USAGE) from None
    if has_errors(problems):
        typer.echo(as_text([each for each in problems if each.level is Level.ERROR]), err=True, nl=False)
        raise typer.Exit(_PROBLEMS)
    built, place = build(bundle, ()), out or Path(dialect)
    try:
        found = lag(built, place)
    except SyntaxError as error:
        _fail(f"scaffold: {error.filename}:{error.lineno} is no Python: {error.msg}")
    if found is None:
        target(place).parent.mkdir(parents=True, exist_ok=True)
        target(place).write_text(module(built, package), encoding="utf-8", newline="\n")
    if as_json:
        written = str(target(place)) if found is None else None
        lists = {"new": [], "stale": []} if found is None else asdict(found)
        typer.echo(json.dumps({"written": written, **lists}, indent=2))
    elif found is None:
        typer.echo(f"wrote {target(place)}: it is yours, and is not written again")
    else:
        for each in found.new:
            typer.echo(f"new: {each.protocol}.{each.method} for {each.target}\n\n{each.code}")
        for old in found.stale:
            typer.echo(f"stale: {old.method} at {old.file}:{old.line}: {old.protocol} does not ask for it")
        behind = f"{len(found.new)} new, {len(found.stale)} stale; nothing was written"
        typer.echo(f"{place} has handlers already: {behind if found.new or found.stale else 'nothing is new'}")
    raise typer.Exit(_PROBLEMS if found is not None and (found.new or found.stale) else 0)


def _free(name: str) -> None:
    """Raise NotPossible if Python or palaver knows something else by a name."""
    spec = None if name in sys.modules else find_spec(name)
    if name in sys.stdlib_module_names or name in sys.modules or (spec is not None and spec.origin is not None):
        raise NotPossible(f"{name!r} is a Python module that is here already; choose another name")
    if find_spec(f"{PACKAGE}.{name}") is not None:
        raise NotPossible(f"{name!r} is a dialect that palaver has itself; choose another name")


def _made_by() -> Path | None:
    """Return the executable that runs this, so that the project can use it on this machine."""
    ours = Path(sys.executable).parent / "palaver"
    if ours.is_file():
        return ours
    found = shutil.which("palaver")
    return None if found is None else Path(found)


def _checkout() -> Path | None:
    """Return the folder of our sources where it is that of a checkout, from which palaver can be installed."""
    folder = Path(__file__).resolve().parents[2]
    return folder if all((folder / name).is_file() for name in ("pyproject.toml", "constraints.txt")) else None


def _fail(message: str) -> NoReturn:
    typer.echo(f"palaver {message}", err=True)
    raise typer.Exit(_USAGE)
