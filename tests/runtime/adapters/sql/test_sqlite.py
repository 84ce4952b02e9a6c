"""SQLite."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from doubles.clock import ManualClock
from sqlalchemy import text

from palaver_runtime.adapters.sql import SqlStore, StoreUnavailable, migrate, sqlite
from palaver_runtime.domain.values import User


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a database."""
    return tmp_path / "palaver.db"


async def test_settings_are_those_of_a_durable_shared_file(path: Path) -> None:
    """Every connection has WAL, synchronous FULL, foreign keys and the patience of five seconds."""
    store = SqlStore(f"sqlite:///{path}")
    await store.start()
    async with store.reading() as tx:
        found = [
            (await tx._connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    await store.close()
    assert found == ["wal", 2, 1, 5000]


async def test_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A file in a folder that is not there: the error names it and says what to do."""
    before = set(threading.enumerate())
    with pytest.raises(StoreUnavailable, match="unable to open database file") as caught:
        await migrate(f"sqlite:///{tmp_path}/nowhere/palaver.db")
    assert not [each for each in set(threading.enumerate()) - before if "_connection_worker_thread" in each.name]
    assert "nowhere/palaver.db" in caught.value.url
    assert "a folder that exists" in caught.value.remedy


async def test_file_that_is_no_database_is_named(path: Path) -> None:
    """A file of something else is refused and left as it is."""
    path.write_text("something else " * 100)
    with pytest.raises(StoreUnavailable, match="name another one, or move it away"):
        await migrate(f"sqlite:///{path}")
    assert path.read_text() == "something else " * 100


async def test_file_that_another_process_keeps_locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who cannot write in time is told that the file is locked; when it is free again, writing works."""
    monkeypatch.setattr(sqlite, "_BUSY_TIMEOUT", 0.05)
    store = SqlStore(f"sqlite:///{path}")
    await store.start()
    user = User(id="ann", created_at=ManualClock().now())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked") as caught:
            async with store.writing() as tx:
                await tx.add_user(user)
        assert "end it, or try again" in caught.value.remedy
        async with store.reading() as tx:
            assert await tx.user("ann") is None
        other.execute("ROLLBACK")
    async with store.writing() as tx:
        assert await tx.add_user(user)
    await store.close()


async def test_writers_take_turns(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers of one process never meet at the file: none fails, even without any patience."""
    monkeypatch.setattr(sqlite, "_BUSY_TIMEOUT", 0.0)
    store = SqlStore(f"sqlite:///{path}")
    await store.start()

    async def add(number: int) -> None:
        async with store.writing() as tx:
            await tx.add_user(User(id=str(number), created_at=ManualClock().now()))

    await asyncio.gather(*(add(number) for number in range(20)))
    async with store.reading() as tx:
        assert len(await tx.profiles([str(number) for number in range(21)])) == 20
    await store.close()
