"""How the commands speak: tables for people, JSON for programs, questions, and how far long work is."""

import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated

import typer

from palaver_runtime.invocation import USAGE, fail

AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on standard output, and nothing else.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


def moment(value: datetime | None) -> str | None:
    """Give a moment in ISO 8601."""
    return None if value is None else value.isoformat(timespec="milliseconds")


def say(value: Mapping[str, object], *, as_json: bool) -> None:
    """Print one thing: its fields, a line for each, or a JSON object."""
    if as_json:
        typer.echo(json.dumps(value, indent=1))
        return
    width = max(map(len, value))
    for name, each in value.items():
        typer.echo(f"{name:{width}}  {_shown(each)}")


async def listing(
    columns: Mapping[str, int], rows: AsyncIterator[Mapping[str, object]], *, as_json: bool, nothing: str
) -> int:
    """Print things as they come: a line for each under the names of the columns, or a JSON list; give how many.

    `columns` has the width of each. A JSON list has all fields, also those that are no column.
    """
    count = 0
    async for row in rows:
        if as_json:
            typer.echo(("[" if count == 0 else ",") + json.dumps(row))
        else:
            if count == 0:
                typer.echo(_line(columns, {name: name.upper() for name in columns}))
            typer.echo(_line(columns, row))
        count += 1
    if as_json:
        typer.echo("]" if count else "[]")
    elif not count:
        typer.echo(nothing)
    return count


def agree(question: str, *, yes: bool) -> None:
    """Go on only if `yes` is given or a person at a terminal agrees."""
    if yes:
        return
    if not sys.stdin.isatty():
        fail("this cannot be taken back: give --yes, or --dry-run to see what would be done", USAGE)
    typer.confirm(question, abort=True, err=True)


class Progress:
    """Shows how far long work is, in one line of standard error that is written over, on a terminal alone."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._width = 0

    def __call__(self, what: str, done: int) -> None:
        """Show how much of what is done."""
        self._write(f"{done:,} {what}")

    def close(self) -> None:
        """Take the line away."""
        self._write("")

    def _write(self, text: str) -> None:
        if self._shown:
            sys.stderr.write(f"\r{text:{self._width}}\r")
            sys.stderr.flush()
            self._width = len(text)


def _line(columns: Mapping[str, int], row: Mapping[str, object]) -> str:
    return "  ".join(f"{_shown(row[name]):{width}}" for name, width in columns.items()).rstrip()


def _shown(value: object) -> str:
    """Give a value as text of one line, in which nothing can move the cursor."""
    if value is None:
        return "-"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_shown, value)) or "-"
    text = value if isinstance(value, str) else json.dumps(value)
    return "".join(each if each.isprintable() else "?" for each in text)
