"""`palaver serve`, `palaver dialects` and `palaver migrate`."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from palaver_runtime import dialects
from palaver_runtime.adapters.sql import REVISIONS, StoreUnavailable
from palaver_runtime.adapters.sql import migrate as migrate_database
from palaver_runtime.adapters.sql import revert as revert_database
from palaver_runtime.invocation import COULD_NOT, USAGE, DatabaseUrl, fail, read_settings, sentence
from palaver_runtime.logs import log_to
from palaver_runtime.own import own_dialects
from palaver_runtime.page.files import page_port
from palaver_runtime.rpc import NotSpoken
from palaver_runtime.serving import Addresses, Wish, dialect_places, serve_dialects
from palaver_runtime.settings import Settings
from palaver_runtime.tracing import TracingMissing, tracing
from palaver_runtime.transports.listener import AddressInUse, AddressUnavailable, loop_factory
from palaver_runtime.workers.supervisor import Supervisor, WorkerFailed

_Apps = Annotated[
    list[str] | None,
    typer.Option(
        "--app",
        metavar="MODULE",
        help="A dialect of your own: a module with DEFAULT_PORT and build(core, site), named as its documents are;"
        " may be repeated.",
    ),
]
_AppDirs = Annotated[
    list[Path] | None,
    typer.Option(
        "--app-dir", help="Where the modules of --app are looked for; may be repeated. Default: . and ./generated"
    ),
]


_SERVE = """\b
Examples:
  palaver serve --all                        every dialect, each on its own port
  palaver serve --dialect DIALECT --port 80  one of `palaver dialects`
  palaver serve --app desk                   a dialect of your own, as `palaver new desk` makes one
  PALAVER_REDIS_URL=redis://localhost:6379/0 palaver serve --workers 4 --dialect DIALECT

\b
Exit codes: 0 stopped by Ctrl-C or SIGTERM; 2 wrong usage; 3 the port is taken, or the database cannot be used.
"""
_DIALECTS = """\b
Examples:
  palaver dialects
  palaver dialects --json                    for a script
  palaver dialects --app desk                with one of your own

\b
Exit codes: 0 done; 2 wrong usage; 3 a dialect cannot be imported.
"""
_MIGRATE = """\b
Examples:
  palaver migrate                            before the servers start, where you will not have them do it
  palaver migrate --to 0004 --yes            before an earlier version of the server starts

\b
Exit codes: 0 done; 1 nobody agreed; 2 wrong usage; 3 the database cannot be used.
"""


def register(app: typer.Typer) -> None:
    """Add the commands of the runtime."""
    app.command(epilog=_SERVE)(serve)
    app.command("dialects", epilog=_DIALECTS)(list_dialects)
    app.command(epilog=_MIGRATE)(migrate)


def serve(
    dialect: Annotated[
        list[str] | None, typer.Option("--dialect", help="A dialect to serve; may be repeated. See palaver dialects.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Serve all dialects: the default without --app.")] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on [PALAVER_HOST, default 127.0.0.1].")] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            help="One port for all that is served, several dialects each under a path of its name; 0 takes a free"
            " one. Default: each dialect's own port.",
        ),
    ] = None,
    grpc_port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65_535, help="Port for the gRPC of a dialect that speaks it. Default: the dialect's own."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=64,
            help="Processes on one port; more than one need PALAVER_REDIS_URL, and take WebSocket without polling"
            " [PALAVER_WORKERS, default 1].",
        ),
    ] = None,
    operations_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            help="Port for operators alone, with /metrics, /healthz and /readyz, on PALAVER_OPERATIONS_HOST (default"
            " 127.0.0.1) [PALAVER_OPERATIONS_PORT]. Without it figures are open in development, and closed in"
            " production.",
        ),
    ] = None,
    database_url: DatabaseUrl = None,
    apps: _Apps = None,
    app_dirs: _AppDirs = None,
) -> None:
    """Serve one or more dialects over one core.

    What is said in one of them is heard in the others. Without any setting this serves on SQLite in ./palaver.db,
    migrates it, and makes a signing secret of its own beside it. Everything else is set by PALAVER_* in the
    environment. Ctrl-C or SIGTERM stops cleanly.
    """
    flags = {"host": host, "database_url": database_url, "operations_port": operations_port, "workers": workers}
    settings = read_settings(**flags)
    if dialect and every:
        fail("--all and --dialect contradict each other: give one of them", USAGE)
    own = _own(apps, app_dirs)
    known = (*own, *dialects.available())
    names = tuple(dict.fromkeys(dialect or (known if every else own or known)))
    unknown = [name for name in names if name not in known]
    if unknown:
        fail(f"there is no dialect {unknown[0]!r}; available: {', '.join(known)}", USAGE)
    log_to(sys.stderr, settings)
    try:
        with tracing(), asyncio.Runner(loop_factory=loop_factory()) as runner:
            chosen = {name: own[name] if name in own else dialects.load(name) for name in names}
            wish = Wish(settings=settings, dialects=chosen, port=port, grpc_port=grpc_port)
            if settings.workers == 1:
                runner.run(serve_dialects(wish, lambda addresses, _: _say_where(settings, addresses)))
            else:
                supervisor = Supervisor(wish, flags, tuple(apps or ()), tuple(map(str, app_dirs or ())))
                runner.run(supervisor.run(lambda addresses: _say_where(settings, addresses)))
        typer.echo("Stopped.")
    except (AddressInUse, AddressUnavailable) as error:
        fail(str(error.strerror), COULD_NOT)
    except NotSpoken as error:
        fail(f"--grpc-port: {error}", USAGE)
    except StoreUnavailable as error:
        fail(sentence(error.what, error.remedy), COULD_NOT)
    except (dialects.HandlerMissing, dialects.DialectOutdated, WorkerFailed, TracingMissing) as error:
        fail(str(error), COULD_NOT)


def list_dialects(
    apps: _Apps = None,
    app_dirs: _AppDirs = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a list of objects.")] = False,
) -> None:
    """List the dialects, and where `palaver serve --all` serves them."""
    settings = read_settings()
    host = _bracketed(settings.host)
    found = []
    every = _own(apps, app_dirs) | {name: dialects.load(name) for name in dialects.available()}
    for name, place in dialect_places(every, None).items():
        dialect = every[name]
        calls: int | None = getattr(dialect, "DEFAULT_GRPC_PORT", None)
        found.append(
            {
                "name": name,
                "url": f"http://{host}:{place.port}{place.prefix}",
                "grpc": None if calls is None else f"{host}:{calls}",
                "summary": (dialect.__doc__ or "").partition("\n")[0].partition(": ")[2],
            }
        )
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    for each in found:
        calls_at = f" (gRPC at {each['grpc']})" if each["grpc"] else ""
        typer.echo(f"{each['name']:12} {each['url']:28} {each['summary']}{calls_at}")


def migrate(
    to: Annotated[
        str | None,
        typer.Option(metavar="REVISION", help="Go back to the schema of an earlier version, as 0004."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --to: do not ask.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="For programs: the schema that the database has now.")
    ] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Bring the database to the current schema."""
    settings = read_settings(database_url=database_url)
    if to is None:
        work, done = migrate_database(settings.database_url), "The database is up to date."
    else:
        _agree_to_go_back(to, yes=yes)
        work, done = revert_database(settings.database_url, to), f"The database has the schema {to}."
    try:
        asyncio.run(work)
    except StoreUnavailable as error:
        fail(sentence(error.what, error.remedy), COULD_NOT)
    typer.echo(json.dumps({"schema": to or REVISIONS[-1]}) if as_json else done)


def _agree_to_go_back(revision: str, *, yes: bool) -> None:
    if revision not in REVISIONS:
        fail(f"--to: there is no schema {revision!r}; there are {', '.join(REVISIONS)}", USAGE)
    if not yes and not sys.stdin.isatty():
        fail("--to loses what only later schemas have room for: back up, and give --yes", USAGE)
    if not yes:
        typer.confirm(f"Go back to the schema {revision}, and lose what it has no room for?", abort=True, err=True)


def _say_where(settings: Settings, served: Addresses) -> None:
    host = _bracketed(settings.host)
    for name, place in served.places.items():
        url = f"http://{host}:{place.port}{place.prefix}"
        typer.echo(f"{name} is served at {url}")
        calls = f" --grpc {host}:{served.calls[name]}" if name in served.calls else ""
        typer.echo(f"  prove it: palaver conform --spec {name} --url {url}{calls}")
    if settings.serves_page and (page := page_port(served.places)) is not None:
        typer.echo(f"talk there in a browser: http://{host}:{page}/")
    if served.operations_port is not None:
        operators = f"http://{_bracketed(settings.operations_host)}:{served.operations_port}"
        typer.echo(f"health and figures are at {operators}/healthz, /readyz and /metrics")
    typer.echo(f"Environment: {settings.environment}. Stop with Ctrl-C.")


def _own(apps: Sequence[str] | None, app_dirs: Sequence[Path] | None) -> dict[str, dialects.Dialect]:
    """Import the dialects that are not ours, by name."""
    try:
        return own_dialects(apps or (), app_dirs or ())
    except dialects.NoDialect as error:
        fail(f"--app: {error}", USAGE)
    except dialects.DialectOutdated as error:
        fail(str(error), COULD_NOT)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
