"""SQLite's log, moved into its database beside the commits."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from palaver_runtime.adapters.sql import checkpoints as module
from palaver_runtime.adapters.sql.checkpoints import Checkpoints


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "chat.db"


@pytest.fixture
def writer(file: Path) -> Iterator[sqlite3.Connection]:
    """What commits, and leaves the log as it is."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("CREATE TABLE messages (content)")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    yield connection
    connection.close()


@pytest.fixture
def checkpoints(writer: sqlite3.Connection, file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Checkpoints]:
    """Those of the file, after every third commit."""
    assert writer is not None, "the file is there"
    monkeypatch.setattr(module, "OFTEN", 3)
    checkpoints = Checkpoints(file)
    yield checkpoints
    checkpoints.close()


def moved(file: Path) -> int:
    """Count the messages in the database itself, without its log."""
    alone = shutil.copy(file, file.with_name("alone.db"))
    with sqlite3.connect(f"file:{alone}?immutable=1", uri=True) as connection:
        (count,) = connection.execute("SELECT count(*) FROM messages").fetchone()
    connection.close()
    assert isinstance(count, int)
    return count


@pytest.fixture
async def taken(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[None]:
    """Each checkpoint that is over: the next one may begin."""
    over: asyncio.Queue[None] = asyncio.Queue()
    loop, take = asyncio.get_running_loop(), Checkpoints._take

    def noted(self: Checkpoints) -> None:
        take(self)
        loop.call_soon_threadsafe(over.put_nowait, None)

    monkeypatch.setattr(Checkpoints, "_take", noted)
    return over


def commit(writer: sqlite3.Connection, checkpoints: Checkpoints) -> None:
    """Commit a message."""
    writer.execute("INSERT INTO messages VALUES ('x')")
    checkpoints.committed()


async def test_log_is_moved_after_so_many_commits(
    writer: sqlite3.Connection, checkpoints: Checkpoints, file: Path, taken: asyncio.Queue[None]
) -> None:
    """Not before, again after as many, and by somebody else than who commits."""
    for times in range(1, 3):
        for _ in range(2):
            commit(writer, checkpoints)
        assert moved(file) == 3 * (times - 1)
        commit(writer, checkpoints)
        await asyncio.wait_for(taken.get(), 30)
        assert moved(file) == 3 * times


async def test_nobody_waits_for_a_checkpoint(
    writer: sqlite3.Connection, checkpoints: Checkpoints, file: Path, taken: asyncio.Queue[None]
) -> None:
    """While one is under way there is no other, and what is committed is counted for the next one."""
    with checkpoints._lock:
        for _ in range(5):
            commit(writer, checkpoints)
        assert moved(file) == 0
    commit(writer, checkpoints)
    await asyncio.wait_for(taken.get(), 30)
    assert moved(file) == 6


def test_one_that_cannot_be_taken_is_left_to_the_commits(writer: sqlite3.Connection, checkpoints: Checkpoints) -> None:
    """It is no trouble for anybody, not even when all has been closed meanwhile."""
    checkpoints._connection.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
    checkpoints._take()
    checkpoints.close()
    checkpoints._take()
    assert writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[0] == 0, "it is free for the next one"
