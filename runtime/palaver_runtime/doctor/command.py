"""`palaver doctor`."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated

import typer

from palaver_runtime import dialects
from palaver_runtime.doctor import configuration, database, machine, redis
from palaver_runtime.doctor.finding import Finding, Level
from palaver_runtime.invocation import NO, USAGE, DatabaseUrl, fail
from palaver_runtime.places import places

_EPILOG = """\b
Examples:
  palaver doctor                             with the settings that the server will have
  palaver doctor --strict --json             before it is started, by a script

\b
Exit codes: 0 nothing is to be mended; 1 something is (with --strict also for warnings); 2 wrong usage.
"""
_COLOURS = {Level.OK: typer.colors.GREEN, Level.WARNING: typer.colors.YELLOW, Level.ERROR: typer.colors.RED}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=_EPILOG)(doctor)


def doctor(
    dialect: Annotated[
        list[str] | None, typer.Option("--dialect", help="A dialect that is to be served here; may be repeated.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="The port, if it is not each dialect's own.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for warnings, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: every finding with level and remedy.")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Check settings, database, Redis, clock and machine, and say what to mend.

    It reads the settings that `palaver serve` reads and changes nothing. No secret and no password is shown.
    """
    known = dialects.available()
    unknown = [each for each in dialect or () if each not in known]
    if unknown:
        fail(f"there is no dialect {unknown[0]!r}; available: {', '.join(known)}", USAGE)
    chosen = places({name: dialects.load(name).DEFAULT_PORT for name in dialect or known}, port)
    ports = {name: place.port for name, place in chosen.items()}
    if port is not None:
        ports = {", ".join(ports): port}
    settings, findings = configuration.usable({"database_url": database_url})
    findings += configuration.look(settings)
    findings += asyncio.run(database.look(settings))
    findings += asyncio.run(redis.look(settings))
    findings += machine.look(settings, ports)
    levels = Counter(each.level for each in findings)
    well = not levels[Level.ERROR] and not (strict and levels[Level.WARNING])
    if as_json:
        typer.echo(json.dumps({"ok": well, "findings": [each.described() for each in findings]}, indent=1))
    else:
        _print(findings)
        typer.echo(_verdict(levels))
    raise typer.Exit(0 if well else NO)


def _print(findings: Sequence[Finding]) -> None:
    """Print what was found by area. Colours are left out by the library where standard output is no terminal."""
    ordered = sorted(findings, key=lambda each: each.area)
    for area, some in groupby(ordered, key=lambda each: each.area):
        typer.echo(area)
        for each in some:
            mark = typer.style(f"{each.level.value:7}", fg=_COLOURS[each.level])
            typer.echo(f"  {mark} {each.name}: {each.text}")
            if each.remedy:
                typer.echo(f"          -> {each.remedy}")


def _verdict(levels: Counter[Level]) -> str:
    errors, warnings = levels[Level.ERROR], levels[Level.WARNING]
    if not errors and not warnings:
        return "All is in order."
    return f"{errors} to be mended, {warnings} worth a look."
