"""`palaver serve`, `palaver dialects` and `palaver migrate`."""

import asyncio
import json
import logging
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from palaver_runtime import dialects
from palaver_runtime.adapters.sql import StoreUnavailable
from palaver_runtime.adapters.sql import migrate as migrate_database
from palaver_runtime.app import running_dialects
from palaver_runtime.places import Place, places, under
from palaver_runtime.rpc import NotSpoken, rpc_servers
from palaver_runtime.settings import Settings
from palaver_runtime.transports.headers import security_headers
from palaver_runtime.transports.listener import AddressInUse, AddressUnavailable, Stop, bind, loop_factory
from palaver_runtime.transports.listener import serve as serve_listeners

USAGE = 2
COULD_NOT = 3

_DatabaseUrl = Annotated[
    str | None,
    typer.Option(help="SQLite or PostgreSQL, as sqlite:///FILE or postgresql://USER@HOST/NAME [PALAVER_DATABASE_URL]."),
]

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
_HERE = (Path(), Path("generated"))


def register(app: typer.Typer) -> None:
    """Add the commands of the runtime."""
    app.command()(serve)
    app.command("dialects")(list_dialects)
    app.command()(migrate)


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
    database_url: _DatabaseUrl = None,
    apps: _Apps = None,
    app_dirs: _AppDirs = None,
) -> None:
    """Serve one or more dialects over one core.

    What is said in one of them is heard in the others. Without any setting this serves on SQLite in ./palaver.db,
    migrates it, and makes a signing secret of its own beside it. Everything else is set by PALAVER_* in the
    environment. Ctrl-C or SIGTERM stops cleanly.
    """
    settings = _settings(host=host, database_url=database_url)
    if dialect and every:
        _fail("--all and --dialect contradict each other: give one of them", USAGE)
    own = _own(apps, app_dirs)
    known = (*own, *dialects.available())
    names = tuple(dict.fromkeys(dialect or (known if every else own or known)))
    unknown = [name for name in names if name not in known]
    if unknown:
        _fail(f"there is no dialect {unknown[0]!r}; available: {', '.join(known)}", USAGE)
    logging.basicConfig(
        # What libraries say at DEBUG holds all that goes through them: frames, headers, statements with their values.
        level=max(logging.INFO, logging.getLevelNamesMapping()[settings.log_level.upper()]),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)-7s %(name)s  %(message)s",
    )
    logging.getLogger("palaver_runtime").setLevel(settings.log_level.upper())
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            chosen = {name: own[name] if name in own else dialects.load(name) for name in names}
            runner.run(_serve(settings, chosen, port, grpc_port))
    except (AddressInUse, AddressUnavailable) as error:
        _fail(str(error.strerror), COULD_NOT)
    except socket.gaierror as error:
        _fail(f"cannot listen on {settings.host}: {error.strerror}; give an address of this machine", COULD_NOT)
    except NotSpoken as error:
        _fail(f"--grpc-port: {error}", USAGE)
    except (StoreUnavailable, dialects.HandlerMissing, dialects.DialectOutdated) as error:
        _fail(str(error), COULD_NOT)


def list_dialects(
    apps: _Apps = None,
    app_dirs: _AppDirs = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a list of objects.")] = False,
) -> None:
    """List the dialects, and where `palaver serve --all` serves them."""
    settings = _settings()
    host = _bracketed(settings.host)
    found = []
    every = _own(apps, app_dirs) | {name: dialects.load(name) for name in dialects.available()}
    for name, place in _places(every, None).items():
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


def migrate(database_url: _DatabaseUrl = None) -> None:
    """Bring the database to the current schema."""
    settings = _settings(database_url=database_url)
    try:
        asyncio.run(migrate_database(settings.database_url))
    except StoreUnavailable as error:
        _fail(str(error), COULD_NOT)
    typer.echo("The database is up to date.")


async def _serve(
    settings: Settings, chosen: Mapping[str, dialects.Dialect], port: int | None, grpc_port: int | None
) -> None:
    async with (
        running_dialects(settings, chosen) as (surfaces, operations),
        rpc_servers(surfaces, settings.host, grpc_port, settings.shutdown_seconds) as rpc,
    ):
        found = _places(chosen, port)
        # One application for each port; where a port is one dialect's own, that dialect answers everything.
        ports = list(dict.fromkeys(place.port for place in found.values()))
        apps = {}
        for number in ports:
            here = {place.prefix: surfaces[name].app for name, place in found.items() if place.port == number}
            apps[number] = here[""] if "" in here else under(here, operations)
        bound = bind(
            [(apps[number], settings.host, number) for number in ports],
            max_frame_bytes=settings.max_frame_bytes,
            limits=next(iter(surfaces.values())).listening,
            headers=security_headers(settings.hsts_seconds),
        )
        listeners = dict(zip(ports, bound, strict=True))

        async def drain() -> None:
            await asyncio.gather(rpc.close(), *(surface.close() for surface in surfaces.values()))

        await rpc.start()
        stop = Stop(drain=drain, deadline=settings.shutdown_seconds)
        serving = asyncio.create_task(serve_listeners(list(listeners.values()), stop))
        # Its first step takes over the signals, so that whoever has read the address may stop us at once.
        await asyncio.sleep(0)
        for name, place in found.items():
            url = f"http://{_bracketed(settings.host)}:{listeners[place.port].port}{place.prefix}"
            typer.echo(f"{name} is served at {url}")
            calls = f" --grpc {_bracketed(settings.host)}:{rpc.ports[name]}" if name in rpc.ports else ""
            typer.echo(f"  prove it: palaver conform --spec {name} --url {url}{calls}")
        typer.echo(f"Environment: {settings.environment}. Stop with Ctrl-C.")
        await serving
    typer.echo("Stopped.")


def _own(apps: Sequence[str] | None, app_dirs: Sequence[Path] | None) -> dict[str, dialects.Dialect]:
    """Import the dialects that are not ours, by name."""
    for folder in reversed(app_dirs or _HERE):
        if str(folder.resolve()) not in sys.path:
            sys.path.insert(0, str(folder.resolve()))
    try:
        return dict(dialects.load_own(module) for module in apps or ())
    except dialects.NoDialect as error:
        _fail(f"--app: {error}", USAGE)
    except dialects.DialectOutdated as error:
        _fail(str(error), COULD_NOT)


def _places(chosen: Mapping[str, dialects.Dialect], port: int | None) -> dict[str, Place]:
    return places({name: dialect.DEFAULT_PORT for name, dialect in chosen.items()}, port)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _settings(**flags: object) -> Settings:
    """Read the settings; a flag goes before the environment."""
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        lines = []
        for each in error.errors(include_url=False, include_context=False, include_input=False):
            place = f"PALAVER_{str(each['loc'][0]).upper()}: " if each["loc"] else ""
            lines.append(place + each["msg"].removeprefix("Value error, "))
        _fail("the settings cannot be used:\n  " + "\n  ".join(lines), USAGE)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"palaver: {message}", err=True)
    raise typer.Exit(code)
