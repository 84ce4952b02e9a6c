"""The front door: one command, `palaver`, which mounts the commands of each room when they are asked for.

Exit codes, for every command: 0 done, and the answer is yes; 1 the answer is no (problems in a document,
stale generated code, a server that does not conform); 2 wrong usage; 3 it could not be done (a missing
package, a port that is taken, a database that cannot be reached). As a shell has it, 130 after Ctrl-C, 143 after
SIGTERM, and 141 when nobody reads any more what is printed; a server that either signal stops has done what it was for,
which is 0.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from palaver import __version__, completion, ending, next_step, project
from palaver.rooms import ROOMS, is_ours, owner

_USAGE = 2

_EXIT_CODES = """\
\b
Exit codes: 0 done; 1 the answer is no; 2 wrong usage; 3 could not be done; 130 after Ctrl-C; 143 after SIGTERM.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that the arguments name, and exit with its code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    asked = completion.asked()
    command = next((word for word in (given if asked is None else asked) if not word.startswith("-")), "")
    room = owner(command)
    with ending.ended(command if room else ""):
        try:
            app = typer.main.get_command(application(command))
            assert isinstance(app, TyperGroup)
            if asked is not None:
                app(given, prog_name="palaver")
            ending.invoke(app, given, {command: _said(app, command)} if room else None)
        except ModuleNotFoundError as error:
            if room is None or error.name is None or is_ours(error.name):
                raise
            if asked is None:
                typer.echo(room.missing(command, error.name), err=True)
            raise typer.Exit(ending.COULD_NOT) from None
    raise SystemExit(0)


def _said(app: TyperGroup, command: str) -> dict[str, object]:
    """Return what the project in this folder says of the command's options, by the names of their parameters."""
    options = {
        name.removeprefix("--"): parameter
        for parameter in app.commands[command].params
        for name in parameter.opts
        if name.startswith("--")
    }
    repeatable = {name: parameter.multiple for name, parameter in options.items()}
    try:
        found = project.defaults(project.FILE, command, repeatable, app.commands)
    except project.ProjectRefused as refused:
        typer.echo(f"palaver: {refused}", err=True)
        raise SystemExit(_USAGE) from None
    return {str(options[name].name): value for name, value in found.items()}


def application(command: str = "") -> typer.Typer:
    """Return the application in which `command` can run and all others are listed.

    Raises ModuleNotFoundError when the room that brings `command` lacks a package.
    """
    app = typer.Typer(
        # What is said of `palaver` itself takes a while, and nobody sees it beside a command.
        add_completion=not command or completion.asked() is not None,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=None if command else next_step.epilog(Path()) + _EXIT_CODES,
        invoke_without_command=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_front)
    for room in ROOMS:
        if command in room.commands:
            room.register(app)
        else:
            room.announce(app)
    return app


def _front(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Documents in, chat server and its proof out."""
    if version:
        typer.echo(f"palaver {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


if __name__ == "__main__":
    main()
