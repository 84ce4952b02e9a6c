"""A real PostgreSQL for the tests, of the binaries that the conformance harness uses.

`postgres_url` gives each test an empty database of its own, `postgres_tables_url` one with our tables.
TEST_DATABASE_URL names another server to use; its user must be allowed to create databases.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import psutil
import pytest
from servers.palaver import scratch
from sqlalchemy import URL, make_url

from palaver_conformance.topology.postgres import OWNER, binaries, copied, initialisation, options, unprivileged
from palaver_conformance.topology.process import Identity
from palaver_runtime.adapters.sql import migrate

START_TIMEOUT = 60.0
STOP_TIMEOUT = 30.0

# Runs a server and stops it when standard input closes, which also happens when the test run is killed.
_WATCHED = '"$@" </dev/null & server=$!; cat >/dev/null; kill -INT "$server" 2>/dev/null; wait "$server"'


class Postgres:
    """A PostgreSQL server of its own, in a folder of its own, which a test may stop, kill and freeze.

    It listens on a Unix socket only, so that there is no port to be taken. What it holds survives a crash, of its
    own or of the machine, only if it is to be durable, which takes time.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._folder = folder
        self._durable = durable
        self._identity = unprivileged()
        self._identity.own(folder)
        self._binaries = _binaries(folder, self._identity)
        self._data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        subprocess.run(
            initialisation(self._binaries, self._data),
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            **_as(self._identity),
        )

    @property
    def url(self) -> URL:
        """The URL of the maintenance database."""
        return URL.create("postgresql+asyncpg", OWNER, database="postgres", query={"host": str(self._folder)})

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        status = self._data / "postmaster.pid"
        # What a killed server left behind would say that it is ready.
        status.unlink(missing_ok=True)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *("sh", "-c", _WATCHED, "sh", self._binaries / "postgres", "-D", self._data),
                    *_settings(self._folder, durable=self._durable),
                ],
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **_as(self._identity),
            )
        _await_ready(self._process, status, self._folder / "log")

    def stop(self) -> None:
        """Stop the server, which ends all connections; does nothing when it does not run."""
        if self._process is not None:
            _stop(self._process)
            self._process = None

    def kill(self) -> None:
        """End every process of the server at once, as a crash does."""
        for process in self._tree():
            process.kill()
        self.stop()

    def freeze(self) -> None:
        """Let the server neither answer nor refuse."""
        for process in self._tree():
            process.suspend()

    def thaw(self) -> None:
        """Let the server go on."""
        for process in self._tree():
            process.resume()

    def _tree(self) -> list[psutil.Process]:
        postmaster = psutil.Process(int((self._data / "postmaster.pid").read_text().partition("\n")[0]))
        return [postmaster, *postmaster.children(recursive=True)]


@contextmanager
def private_server(*, durable: bool = False) -> Iterator[Postgres]:
    """Run a server in a temporary folder."""
    # One that is not to survive a crash of the machine needs no disk, where a new database takes a tenth of a second.
    folder = Path(tempfile.mkdtemp(prefix="palaver-pg-", dir=None if durable else scratch()))
    try:
        server = Postgres(folder, durable=durable)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@contextmanager
def server(*, durable: bool = False) -> Iterator[URL]:
    """Run a server in a temporary folder; yield the URL of its maintenance database."""
    with private_server(durable=durable) as private:
        yield private.url


def _binaries(folder: Path, identity: Identity) -> Path:
    """Return a folder of binaries that this user may run: a copy if they are out of reach."""
    found = binaries()
    try:
        subprocess.run([found / "postgres", "--version"], check=True, capture_output=True, **_as(identity))
    except PermissionError:
        # A clone below a home folder that is closed to others.
        return copied(found, folder)
    return found


def _as(identity: Identity) -> dict[str, object]:
    """Return the arguments of subprocess.Popen that make a process run as a user."""
    if identity.user is None:
        return {}
    return {"user": identity.user, "group": identity.group, "extra_groups": []}


def _settings(folder: Path, *, durable: bool) -> list[str]:
    switch = "on" if durable else "off"
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": switch,
        "full_page_writes": switch,
        "synchronous_commit": switch,
        "max_connections": "200",
        "shared_buffers": "32MB",
        "max_wal_size": "128MB",
    }
    return options(settings)


def _await_ready(process: "subprocess.Popen[bytes]", status: Path, log: Path) -> None:
    """Wait until the last line of postmaster.pid says that the server accepts connections."""
    deadline = time.monotonic() + START_TIMEOUT
    while not (status.exists() and status.read_text().rstrip().endswith("ready")):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.02)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """The URL of a PostgreSQL server's maintenance database."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+asyncpg")
    else:
        with server() as url:
            yield url


@pytest.fixture
async def postgres_url(postgres_server: URL) -> AsyncIterator[str]:
    """The URL, for SQLAlchemy with asyncpg, of a fresh, empty database that is dropped after the test."""
    async with _database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
async def postgres_tables(postgres_server: URL) -> AsyncIterator[str]:
    """The name of a database with our tables, to be copied: that is done much sooner than to make them."""
    async with _database(postgres_server) as url:
        await migrate(url)
        name = make_url(url).database
        assert name is not None
        yield name


@pytest.fixture
async def postgres_tables_url(postgres_server: URL, postgres_tables: str) -> AsyncIterator[str]:
    """The URL of a fresh database with our tables, which are empty; it is dropped after the test."""
    async with _database(postgres_server, postgres_tables) as url:
        yield url


@asynccontextmanager
async def _database(server: URL, template: str = "template0") -> AsyncIterator[str]:
    name = f"palaver_test_{uuid4().hex}"
    maintenance = await asyncpg.connect(_dsn(server))
    try:
        await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        yield server.set(database=name).render_as_string(hide_password=False)
        await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await maintenance.close()


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
