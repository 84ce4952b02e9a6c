"""The reference page of the commands, written from the commands themselves.

python -m palaver.page docs/reference/commands.md
"""

import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from palaver.__main__ import application
from palaver.rooms import ROOMS

_HEAD = r"""<!-- Written by `make reference` from the commands themselves. Do not edit. -->

# Commands

Every command of `palaver`, with all that it can be told. `palaver COMMAND --help` shows the same in a terminal.

Each command needs the packages of an extra, as in `pip install 'palaver[server]'`; one that lacks them says so in a
line. What a project in the current folder says under `[tool.palaver]` in its pyproject.toml goes for options that are
not given ([how](../howto/start-a-project.md)).

`palaver` alone lists the commands, and below them what to type next in the folder where you are.
`palaver --install-completion` has your shell (bash, zsh, fish or PowerShell) complete commands and options by Tab, from
the next terminal on; there `palaver` has to be on PATH, as it is after `. .venv/bin/activate`.

What is asked for stands on standard output, and what goes wrong on standard error, in a line that says what, where,
why, and what to do about it. With `--json` standard output has JSON and nothing else, and where nothing came of it,
nothing. Colours and progress are for terminals alone, and `NO_COLOR` in the environment leaves the colours out.

Exit codes, for every command:

| code | what it means |
|---|---|
| 0 | Done, and the answer is yes. So ends a server that is told to stop, by Ctrl-C or SIGTERM. |
| 1 | The answer is no: problems in documents, generated code that is stale, a server that does not conform. |
| 2 | Wrong usage: no such command, option, folder, dialect or setting. Nothing was done. |
| 3 | It could not be done: a package is missing, a port is taken, a database or file cannot be had. |
| 130, 143 | Ended before it was done by Ctrl-C, or by SIGTERM; what it had begun is undone or stopped. |
| 141 | Nobody reads any more what is printed, as in `palaver lint \| head -1`. |

| command | what it does | extra |
|---|---|---|
"""
# Where Markdown would read something else, outside of code.
_SPECIAL = re.compile(r"([\\*<|])")
_CODE = re.compile(r"(`[^`]*`)")


def page() -> str:
    """Return the reference page, in Markdown. Every room is imported; ModuleNotFoundError if one lacks a package."""
    rows: list[str] = []
    sections: list[str] = []
    for room in ROOMS:
        for name, summary in room.commands.items():
            rows.append(f"| [{name}](#palaver-{name}) | {_prose(summary)} | `{room.extra}` |\n")
            sections += _sections(_command(typer.main.get_group(application(name)), name), ("palaver", name))
    return _HEAD + "".join(rows) + "".join(sections)


def _command(group: TyperGroup, name: str) -> TyperCommand | TyperGroup:
    found = group.commands[name]
    assert isinstance(found, TyperCommand | TyperGroup)
    return found


def _sections(command: TyperCommand | TyperGroup, path: tuple[str, ...]) -> Iterator[str]:
    """Yield the section of a command, then those of the commands below it."""
    context = typer.Context(command, info_name=" ".join(path))
    yield f"\n{'#' * len(path)} {' '.join(path)}\n\n"
    yield f"```text\n{' '.join([*path, *command.collect_usage_pieces(context)])}\n```\n"
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield f"\n{_paragraph(paragraph)}\n"
    yield from _table("argument", context, [each for each in command.params if isinstance(each, TyperArgument)])
    yield from _table("option", context, [each for each in command.params if isinstance(each, TyperOption)])
    if command.epilog:
        for paragraph in inspect.cleandoc(command.epilog).split("\n\n"):
            yield f"\n{_paragraph(paragraph)}\n"
    if isinstance(command, TyperGroup):
        for name in command.commands:
            yield from _sections(_command(command, name), (*path, name))


def _table(
    kind: str, context: typer.Context, parameters: Sequence[TyperArgument] | Sequence[TyperOption]
) -> Iterator[str]:
    """Yield a table of what help shows of parameters, if there are any."""
    records = [record for each in parameters if (record := each.get_help_record(context))]
    if records:
        yield f"\n| {kind} | what it says |\n|---|---|\n"
    for called, said in records:
        name = called.replace("|", "\\|")
        yield f"| `{name}` | {_prose(said)} |\n"


def _paragraph(text: str) -> str:
    """Return a paragraph of help; one whose lines are laid out by hand, of which a backspace is the sign, as it is."""
    lines = text.removeprefix("\b\n").splitlines()
    return (
        "\n".join(["```text", *lines, "```"]) if text.startswith("\b") and len(lines) > 1 else _prose("\n".join(lines))
    )


def _prose(text: str) -> str:
    """Return text as Markdown that shows the same, on one line."""
    pieces = _CODE.split(" ".join(text.split()))
    return "".join(
        piece.replace("|", "\\|") if number % 2 else _SPECIAL.sub(r"\\\1", piece) for number, piece in enumerate(pieces)
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
