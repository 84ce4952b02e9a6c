"""`palaver serve` and `palaver migrate` do what they say, or say what to do."""

import asyncio
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import typer
from click.testing import Result
from doubles import bell
from servers.palaver import serving
from typer.testing import CliRunner

from palaver_runtime import command, dialects
from palaver_runtime.adapters.sql import REVISIONS
from palaver_runtime.core import Core
from palaver_runtime.dialects import gateway
from palaver_runtime.dialects.gateway.routes import GatewayRoutes
from palaver_runtime.transports.grpc import GrpcServer

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """How to run a command in an empty folder: `run("serve", "--port", "0", HOST="::1")`."""
    monkeypatch.chdir(tmp_path)
    for name in [each for each in os.environ if each.startswith("PALAVER_")]:
        monkeypatch.delenv(name)

    # Modules of own dialects are looked for in the folder, and in no other test's.
    monkeypatch.setattr(sys, "path", list(sys.path))

    def run_(*arguments: str, **variables: str) -> Result:
        app = typer.Typer()
        command.register(app)
        env = {f"PALAVER_{name}": value for name, value in variables.items()}
        done = CliRunner().invoke(app, arguments, env=env)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run_


LOADED = """
import sys
from palaver_runtime import command, dialects
for each in dialects.available():
    dialects.load(each)
print(*sys.modules, sep="\\n")
"""


def test_what_few_servers_need_is_not_imported_before() -> None:
    """Neither migrations nor clients of HTTP, of Redis and of PostgreSQL: a start takes its time as it is."""
    said = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout.split()
    assert {"sqlalchemy", "palaver_runtime.dialects.aether"} <= set(said)
    assert {"alembic", "asyncpg", "httpx", "mako", "opentelemetry", "redis", "rich"}.isdisjoint(said)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that is nobody else's, and on which nobody listens."""
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


# What cannot be done.


def test_unknown_dialect_is_wrong_usage(run: Run) -> None:
    """A mistyped dialect exits with 2 and lists those that there are."""
    done = run("serve", "--dialect", "gatewya")
    assert done.exit_code == 2
    assert "'gatewya'" in done.stderr
    assert f"available: {', '.join(dialects.available())}" in done.stderr


def test_all_and_some_is_wrong_usage(run: Run) -> None:
    """--all and --dialect together exit with 2."""
    done = run("serve", "--all", "--dialect", "gateway")
    assert done.exit_code == 2
    assert "contradict" in done.stderr


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_port_that_is_none_is_wrong_usage(run: Run, port: str) -> None:
    """--port is a port."""
    done = run("serve", "--port", port)
    assert done.exit_code == 2
    assert "--port" in done.stderr


@pytest.mark.parametrize("name", ["serve", "migrate"])
def test_production_without_a_secret_is_wrong_usage(run: Run, tmp_path: Path, name: str) -> None:
    """In production nothing is made up: without a secret the command exits with 2 and does nothing."""
    done = run(name, ENVIRONMENT="production")
    assert done.exit_code == 2
    assert "PALAVER_JWT_SECRET is needed in production" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_taken_port_is_named(run: Run, taken: int) -> None:
    """A port that is in use exits with 3, names it, and says what to do."""
    done = run("serve", "--dialect", "gateway", "--port", str(taken))
    assert done.exit_code == 3
    assert f"port {taken} on 127.0.0.1 is in use" in done.stderr
    assert "choose another port" in done.stderr
    assert "is served at" not in done.stdout


def test_host_that_is_none_is_named(run: Run) -> None:
    """A host that cannot be resolved exits with 3 and names it."""
    done = run("serve", "--dialect", "gateway", "--host", "1::z", "--port", "0")
    assert done.exit_code == 3
    assert "1::z" in done.stderr
    assert "address of this machine" in done.stderr


@pytest.mark.parametrize("name", ["serve", "migrate"])
def test_database_out_of_reach_is_named(run: Run, silent: int, name: str) -> None:
    """A database that cannot be reached exits with 3, names it without the password, and says what to do."""
    done = run(name, DATABASE_URL=f"postgresql://palaver:geheim@127.0.0.1:{silent}/chat")
    assert done.exit_code == 3
    assert f"127.0.0.1:{silent}/chat" in done.stderr
    assert "palaver: the database postgresql://" in done.stderr
    assert "Connection refused; check that the server runs" in done.stderr
    assert "geheim" not in done.output


def test_missing_handler_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dialect that does not follow its document exits with 3 and names the handler."""
    monkeypatch.delattr(GatewayRoutes, "login")
    done = run("serve", "--dialect", "gateway", "--port", "0")
    assert done.exit_code == 3
    assert "async def login" in done.stderr


# What is done.


def test_dialects_are_listed_with_their_addresses(run: Run) -> None:
    """Each dialect has a line with where `serve --all` serves it and what it is; no two share an address."""
    listed = json.loads(run("dialects", "--json").stdout)
    assert [each["name"] for each in listed] == list(dialects.available())
    assert len({each["url"] for each in listed}) == len(listed)
    assert all(each["summary"] for each in listed)
    (calls,) = {each["grpc"] for each in listed} - {None}
    assert f"(gRPC at {calls})" in run("dialects").stdout
    lines = run("dialects", HOST="::1").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(dialects.available())
    assert all("http://[::1]:" in line for line in lines)


def test_migrate_may_be_repeated(run: Run, tmp_path: Path) -> None:
    """`migrate` makes the tables, says so, and does no harm a second time."""
    for _ in range(2):
        done = run("migrate")
        assert (done.exit_code, done.output) == (0, "The database is up to date.\n")
    assert json.loads(run("migrate", "--json").stdout) == {"schema": REVISIONS[-1]}
    with closing(sqlite3.connect(tmp_path / "palaver.db")) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"conversations", "messages"} <= tables


def test_migrate_goes_back_when_told_to(run: Run) -> None:
    """--to needs --yes where nobody can be asked, knows what there is, and lets `migrate` come back."""
    assert run("migrate").exit_code == 0
    done = run("migrate", "--to", "0004")
    assert done.exit_code == 2
    assert "give --yes" in done.stderr
    done = run("migrate", "--to", "4", "--yes")
    assert done.exit_code == 2
    assert "there are 0001, 0002" in done.stderr
    done = run("migrate", "--to", "0004", "--yes")
    assert (done.exit_code, done.output) == (0, "The database has the schema 0004.\n")
    with closing(sqlite3.connect("palaver.db")) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("0004",)]
    assert run("migrate").exit_code == 0


def test_flag_goes_before_the_environment(run: Run, tmp_path: Path) -> None:
    """--database-url counts, whatever PALAVER_DATABASE_URL says."""
    assert run("migrate", "--database-url", "sqlite:///flag.db", DATABASE_URL="sqlite:///env.db").exit_code == 0
    assert (tmp_path / "flag.db").exists()
    assert not (tmp_path / "env.db").exists()


def test_server_can_be_stopped_once_it_says_where_it_is(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops the server on reading its address stops it cleanly: the signals are taken by then."""

    def too_early(number: int, frame: object) -> None:
        raise AssertionError("the signal came before the server took it")

    echo = typer.echo

    def stop(message: str, **options: object) -> None:
        if "is served at" in message:
            os.kill(os.getpid(), signal.SIGTERM)
        echo(message, **options)

    before = signal.signal(signal.SIGTERM, too_early)
    try:
        monkeypatch.setattr(command.typer, "echo", stop)
        done = run("serve", "--dialect", "gateway", "--port", "0")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert done.exit_code == 0
    assert done.stdout.endswith("Stopped.\n")


async def test_signals_stop_the_server_cleanly() -> None:
    """SIGTERM and SIGINT each end a server that serves with exit code 0, and its last word is Stopped."""

    async def stopped_by(number: signal.Signals) -> tuple[int | None, list[str]]:
        async with serving() as server, httpx.AsyncClient(base_url=server.url) as client:
            assert (await client.get("/healthz")).status_code == 200
            server.process.send_signal(number)
            await asyncio.wait_for(server.process.wait(), 30)
        assert f"palaver conform --spec gateway --url {server.url}" in server.output
        return server.process.returncode, server.lines

    for code, lines in await asyncio.gather(stopped_by(signal.SIGTERM), stopped_by(signal.SIGINT)):
        assert (code, lines[-1]) == (0, "Stopped.")
        assert "Traceback" not in "".join(lines)


def test_port_for_grpc_that_nobody_speaks_is_wrong_usage(run: Run) -> None:
    """--grpc-port exits with 2 for a dialect that does not speak gRPC."""
    done = run("serve", "--dialect", "gateway", "--port", "0", "--grpc-port", "0")
    assert done.exit_code == 2
    assert "--grpc-port: goes with one dialect that speaks gRPC, and of those served here none does" in done.stderr


def test_calls_are_served_beside(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dialect that speaks gRPC is served on a port of its own, which the line to prove it has too."""
    built = gateway.build

    def build(core: Core, site: dialects.Site) -> dialects.Surface:
        server = GrpcServer(bell.calls.bind_calls(bell.Bells()), bell.BellWords(), bell.calls.descriptors())
        return replace(built(core, site), calls=server)

    echo = typer.echo

    def connect(message: str, **options: object) -> None:
        if "prove it" in message:
            host, _, port = message.rpartition(" --grpc ")[2].partition(":")
            socket.create_connection((host, int(port)), 5).close()
            os.kill(os.getpid(), signal.SIGTERM)
        echo(message, **options)

    monkeypatch.setattr(gateway, "build", build)
    monkeypatch.setattr(command.typer, "echo", connect)
    done = run("serve", "--dialect", "gateway", "--port", "0", "--grpc-port", "0")
    assert done.exit_code == 0
    assert re.search(r"--url http://127\.0\.0\.1:\d+ --grpc 127\.0\.0\.1:\d+", done.stdout)


# Dialects of somebody else's.

OWN = '''"""Own: a dialect of somebody else's."""
DEFAULT_PORT = 4321
def build(core, site): ...
'''


def test_own_dialects_are_listed_with_ours(run: Run, tmp_path: Path) -> None:
    """A module of the current folder, or of another, is found by its name and listed with the others."""
    (tmp_path / "far").mkdir()
    (tmp_path / "ownone.py").write_text(OWN)
    (tmp_path / "far" / "owntwo.py").write_text(OWN)
    listed = json.loads(run("dialects", "--json", "--app", "ownone").stdout)
    (own,) = [each for each in listed if each["name"] == "ownone"]
    assert (own["url"], own["summary"]) == ("http://127.0.0.1:4321", "a dialect of somebody else's.")
    assert {each["name"] for each in listed} == {"ownone", *dialects.available()}
    both = run("dialects", "--json", "--app", "ownone", "--app", "owntwo", "--app-dir", ".", "--app-dir", "far")
    assert {each["name"] for each in json.loads(both.stdout)} == {"ownone", "owntwo", *dialects.available()}


@pytest.mark.parametrize(
    ("module", "text", "code", "told"),
    [
        ("nowhere_at_all", None, 2, "there is no module 'nowhere_at_all'"),
        ("nowhere.at.all", None, 2, "there is no module 'nowhere.at.all'"),
        ("gateway", OWN, 2, "a dialect that palaver has itself"),
        ("ownbare", "DEFAULT_PORT = 1", 2, "is no dialect: one has DEFAULT_PORT"),
        ("ownlost", "import no_such_package", 3, "ownlost cannot be imported: No module named 'no_such_package'"),
    ],
)
def test_what_is_no_dialect_is_named(
    run: Run, tmp_path: Path, module: str, text: str | None, code: int, told: str
) -> None:
    """A module that is not there, or that is something else, is told from one that lacks a package."""
    if text is not None:
        (tmp_path / f"{module}.py").write_text(text)
    done = run("serve", "--app", module)
    assert done.exit_code == code
    assert told in done.stderr
