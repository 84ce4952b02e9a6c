"""SQLite without a call into a thread for each statement: what SQLAlchemy asks of a cursor is all there."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from palaver_runtime.adapters.sql.sqlite_driver import Driver, begin_with

NOTES = Table("notes", MetaData(), Column("id", Integer, primary_key=True), Column("text", Text, unique=True))


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """Return an engine on a file with one empty table."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/notes.db", module=Driver())
    async with engine.begin() as connection:
        await connection.run_sync(NOTES.metadata.create_all)
    yield engine
    await engine.dispose()


def calls_into(driver: aiosqlite.Connection, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Give a list to which each call into a driver's thread that is waited for is added."""
    asked, calls = type(driver)._execute, list[object]()

    async def noted(self: aiosqlite.Connection, function: object, *arguments: object) -> object:
        calls.append(function)
        return await asked(self, function, *arguments)

    monkeypatch.setattr(type(driver), "_execute", noted)
    return calls


async def test_rows_and_counts_are_there(engine: AsyncEngine) -> None:
    """Rows with their names, the number of changed rows, the new key, and what RETURNING gives."""
    async with engine.begin() as connection:
        await connection.execute(insert(NOTES), [{"text": each} for each in ("a", "b", "c")])
        made = await connection.execute(insert(NOTES).values(text="d"))
        assert made.inserted_primary_key == (4,)
        changed = await connection.execute(update(NOTES).where(NOTES.c.id > 2).values(text=NOTES.c.text + "!"))
        assert changed.rowcount == 2
        returned = await connection.execute(update(NOTES).where(NOTES.c.id == 1).values(text="A").returning(NOTES))
        assert returned.mappings().one() == {"id": 1, "text": "A"}
    async with engine.connect() as connection:
        found = await connection.execute(select(NOTES).order_by(NOTES.c.id))
        assert found.keys() == ["id", "text"]
        assert [tuple(row) for row in found] == [(1, "A"), (2, "b"), (3, "c!"), (4, "d!")]


async def test_errors_are_the_drivers(engine: AsyncEngine) -> None:
    """A broken constraint and a bad statement are told apart, and the connection can be used afterwards."""
    async with engine.connect() as connection:
        await connection.execute(insert(NOTES).values(text="a"))
        with pytest.raises(IntegrityError, match="UNIQUE"):
            await connection.execute(insert(NOTES).values(text="a"))
        with pytest.raises(OperationalError, match="no such table"):
            await connection.execute(text("SELECT * FROM elsewhere"))
        assert (await connection.execute(select(NOTES.c.text))).scalars().all() == ["a"]


async def test_short_statements_take_no_call_into_the_thread(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may take long does: a commit, many rows at once, what is neither a query nor adds or changes something."""
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, aiosqlite.Connection)
        calls = calls_into(driver, monkeypatch)
        (await connection.execute(select(NOTES))).all()
        await connection.execute(insert(NOTES), [{"text": "a"}, {"text": "b"}])
        await connection.execute(update(NOTES).values(text=NOTES.c.text + "!"))
        assert calls == []
        await connection.execute(insert(NOTES), [{"text": str(each)} for each in range(9)])
        assert len(calls) == 1
        await connection.execute(delete(NOTES))
        assert len(calls) == 2
        await connection.commit()
        assert len(calls) == 3


async def test_a_long_query_is_begun_again_in_the_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives all that it finds, at the moment at which its transaction reads."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/notes.db", module=Driver())
    counted = text("WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n WHERE x < 20000) SELECT x FROM n")
    long = text(f"SELECT count(*), (SELECT count(*) FROM notes) FROM ({counted})")
    async with engine.begin() as connection:
        await connection.run_sync(NOTES.metadata.create_all)
    async with engine.connect() as reading, engine.connect() as writing:
        raw = await reading.get_raw_connection()
        (await writing.execute(text("PRAGMA journal_mode = WAL"))).close()
        driver = raw.driver_connection
        assert isinstance(driver, aiosqlite.Connection)
        driver.isolation_level = None
        calls = calls_into(driver, monkeypatch)
        begin_with(raw.dbapi_connection, "BEGIN DEFERRED", reads=True)
        assert (await reading.execute(long)).one() == (20_000, 0)
        assert len(calls) == 1
        await writing.execute(insert(NOTES).values(text="a"))
        await writing.commit()
        calls.clear()
        assert (await reading.execute(long)).one() == (20_000, 0)
        assert len(calls) == 1
        await reading.rollback()
        assert (await reading.execute(select(NOTES.c.text))).scalars().all() == ["a"]
    await engine.dispose()


async def test_a_transaction_begins_with_its_first_statement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that writes waits for others in the thread, and what follows does not; without a statement there is none."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/notes.db", module=Driver())
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver, adapted = raw.driver_connection, raw.dbapi_connection
        assert isinstance(driver, aiosqlite.Connection)
        driver.isolation_level = None
        calls = calls_into(driver, monkeypatch)
        begin_with(adapted, "BEGIN IMMEDIATE")
        await connection.rollback()
        await connection.commit()
        assert (len(calls), driver.in_transaction) == (0, False)
        await connection.execute(text("SELECT 1"))
        assert (len(calls), driver.in_transaction) == (1, True)
        await connection.execute(text("SELECT 2"))
        assert len(calls) == 1
        await connection.rollback()
        assert (len(calls), driver.in_transaction) == (2, False)
        await connection.execute(text("SELECT 3"))
        assert (len(calls), driver.in_transaction) == (3, True)
        await connection.commit()
        assert (len(calls), driver.in_transaction) == (4, False)
    await engine.dispose()


async def test_nobody_waits_for_what_only_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its beginning and its end take no call, and it has ended before the next transaction of the connection begins."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/notes.db", module=Driver())
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver, adapted = raw.driver_connection, raw.dbapi_connection
        assert isinstance(driver, aiosqlite.Connection)
        driver.isolation_level = None
        calls = calls_into(driver, monkeypatch)
        begin_with(adapted, "BEGIN DEFERRED", reads=True)
        for end in (connection.commit, connection.rollback):
            await connection.execute(text("SELECT 1"))
            assert driver.in_transaction
            await end()
            assert not driver.in_transaction
        assert calls == []
    await engine.dispose()


async def test_beginning_that_fails_leaves_nothing(engine: AsyncEngine) -> None:
    """What cannot begin is not executed, and the connection can be used afterwards."""
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        begin_with(raw.dbapi_connection, "BEGIN SOMEHOW")
        with pytest.raises(OperationalError, match="SOMEHOW"):
            await connection.execute(insert(NOTES).values(text="a"))
        await connection.rollback()
        begin_with(raw.dbapi_connection, "BEGIN IMMEDIATE")
        assert (await connection.execute(select(NOTES))).all() == []


async def test_what_cannot_be_committed_is_rolled_back(engine: AsyncEngine) -> None:
    """A commit that fails, as on a full disk, leaves nothing behind, and the next transaction begins as always."""
    async with engine.begin() as connection:
        await connection.execute(text("PRAGMA foreign_keys = ON"))
        await connection.execute(
            text("CREATE TABLE marks (note INTEGER REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)")
        )
        raw = await connection.get_raw_connection()
        begin_with(raw.dbapi_connection, "BEGIN IMMEDIATE")
    async with engine.connect() as connection:
        await connection.execute(text("INSERT INTO marks VALUES (7)"))
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            await connection.commit()
        await connection.rollback()
        assert (await connection.execute(text("SELECT * FROM marks"))).all() == []
        await connection.execute(insert(NOTES).values(text="a"))
        await connection.commit()
        assert (await connection.execute(select(NOTES.c.text))).scalars().all() == ["a"]


def test_only_its_own_connections_begin() -> None:
    """A connection of another driver is refused."""
    with pytest.raises(TypeError, match="no connection of this driver"):
        begin_with(object(), "BEGIN")
