"""A real Redis for the tests, of the binary that the conformance harness uses.

`redis_url` gives each test an empty database of its own on a server that all tests share. `redis_server` is a
server of the test's own, to be stopped, killed and frozen. TEST_REDIS_URL names another server to share; only
databases that were empty are used, and they are emptied again.
"""

import asyncio
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from os import environ
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from palaver_conformance.topology.process import free_port
from palaver_conformance.topology.redis import executable

START_TIMEOUT = 30.0
STOP_TIMEOUT = 10.0
DATABASES = 64

# Ends the server when standard input closes, which also happens when the test run is killed.
_WATCH = 'cat >/dev/null; kill -KILL "$1" 2>/dev/null'


class RedisServer:
    """A Redis on a port of its own, at 127.0.0.1. It keeps nothing: after a stop it is empty.

    Its methods wait until what they say is so, which takes some ten milliseconds.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="palaver-redis-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None
        self._frozen = False
        self.port = free_port()

    @property
    def url(self) -> str:
        """The URL of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """The process; raise RuntimeError when it is not running."""
        if self._process is None:
            raise RuntimeError("this Redis is not running")
        return self._process.pid

    def start(self) -> None:
        """Run the server, always on the same port."""
        if self._process is not None:
            raise RuntimeError("this Redis is running already")
        log = self._folder / "log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(executable()), *_settings(self.port, self._folder)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._watch = subprocess.Popen(
            ["sh", "-c", _WATCH, "sh", str(self.pid)], stdin=subprocess.PIPE, start_new_session=True
        )
        _await_ready(self._process, self.port, log)

    def stop(self) -> None:
        """End the server as an administrator would: it closes its connections. What is stopped stays so."""
        self.thaw()
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server at once."""
        self._end(signal.SIGKILL)
        self._frozen = False

    def freeze(self) -> None:
        """Let the server stand still: connections stay open, and can even be made, but nothing is answered."""
        self._signal(signal.SIGSTOP)
        self._frozen = True

    def thaw(self) -> None:
        """Let a frozen server go on."""
        if self._frozen:
            self._signal(signal.SIGCONT)
            self._frozen = False

    def close(self) -> None:
        """End the server for good, whatever its state."""
        self.kill()
        shutil.rmtree(self._folder)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise RuntimeError("this Redis is not running")
        self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        process, watch = self._process, self._watch
        if process is None or watch is None:
            return
        # The watch first: later the number of the process may be another's.
        watch.kill()
        watch.wait()
        assert watch.stdin is not None
        watch.stdin.close()
        process.send_signal(number)
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            self._process = self._watch = None


def _settings(port: int, folder: Path) -> list[str]:
    settings = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": str(folder),
        "databases": str(DATABASES),
        "save": "",
        "appendonly": "no",
    }
    return [word for name, value in settings.items() for word in (f"--{name}", value)]


def _await_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Wait until the server answers: while it loads it accepts connections, and refuses commands."""
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            if connection.recv(7) == b"+PONG\r\n":
                return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Redis did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.005)


async def _empty_database(server: str) -> str:
    """Give the URL of a database without any key; raise RuntimeError when there is none."""
    base = urlsplit(server)
    for number in range(DATABASES):
        url = base._replace(path=f"/{number}").geturl()
        with suppress(ResponseError):
            async with Redis.from_url(url) as client:
                if await client.dbsize() == 0:
                    return url
    raise RuntimeError("no database of this Redis is empty: flush one, or unset TEST_REDIS_URL")


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[str]:
    """The URL of the server that the tests share."""
    given = environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    server = RedisServer()
    try:
        server.start()
        yield server.url
    finally:
        server.close()


@pytest.fixture
async def redis_url(shared_redis: str) -> AsyncIterator[str]:
    """The URL of an empty database, emptied after the test. Publishing knows no databases: see to your channels."""
    url = await _empty_database(shared_redis)
    yield url
    async with asyncio.timeout(30), Redis.from_url(url) as client:
        await client.flushdb()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A running server of the test's own, to be stopped, killed and frozen."""
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.close()
