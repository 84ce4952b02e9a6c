"""PostgreSQL."""

import asyncio

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from palaver_runtime.adapters.sql import SqlStore, StoreUnavailable, migrate
from palaver_runtime.adapters.sql.postgresql import PostgresqlDatabase


async def test_readers_cannot_write_and_see_one_moment(postgres_url: str) -> None:
    """Readers are REPEATABLE READ READ ONLY, writers READ COMMITTED, on the same connections in turn."""
    store = SqlStore(postgres_url, pool_size=1)
    await store.start()
    levels = text("SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')")
    found = []
    for begin in (store.reading, store.writing, store.reading):
        async with begin() as tx:
            found.append(tuple((await tx._connection.execute(levels)).one()))
    await store.close()
    assert found == [("repeatable read", "on"), ("read committed", "off"), ("repeatable read", "on")]


async def test_deadlock_is_a_passing_trouble(postgres_url: str) -> None:
    """Of two that wait for each other one is told so by StoreUnavailable, and the other succeeds."""
    store = SqlStore(postgres_url)
    await store.start()
    both = asyncio.Barrier(2)
    lock = text("SELECT pg_advisory_xact_lock(:key)")

    async def take(first: int, second: int) -> None:
        async with store.writing() as tx:
            await tx._connection.execute(lock, {"key": first})
            await both.wait()
            await tx._connection.execute(lock, {"key": second})

    outcomes = await asyncio.gather(take(1, 2), take(2, 1), return_exceptions=True)
    await store.close()
    assert sorted(type(each).__name__ for each in outcomes) == ["NoneType", "StoreUnavailable"]
    assert "deadlock detected" in str(next(each for each in outcomes if each))


async def test_wrong_statement_is_no_passing_trouble(postgres_url: str) -> None:
    """A defect of ours is not said to be the database's."""
    store = SqlStore(postgres_url)
    await store.start()
    with pytest.raises(DBAPIError):
        async with store.reading() as tx:
            await tx._connection.execute(text("SELECT nonsense"))
    await store.close()


async def test_migration_waits_for_another(postgres_url: str) -> None:
    """Who migrates waits until nobody else does."""
    store = SqlStore(postgres_url)
    await store.start()
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    async with asyncio.TaskGroup() as tasks, store.writing() as tx, asyncio.timeout(10):
        await tx._connection.execute(text(f"SELECT pg_advisory_xact_lock({0x70616C61766572})"))
        migration = tasks.create_task(migrate(postgres_url))
        while (await tx._connection.execute(waiting)).scalar_one() == 0:
            assert not migration.done()
            await asyncio.sleep(0.01)
    assert migration.done()
    await store.close()


async def test_missing_database_is_named(postgres_url: str) -> None:
    """A database that the server does not have is said to be missing."""
    url = make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(StoreUnavailable, match='database "nowhere" does not exist'):
        await migrate(url)


def test_sslmode_is_understood() -> None:
    """The parameter that hosting providers put into URLs reaches the driver under its own name."""
    url = make_url("postgresql+asyncpg://host/chat?sslmode=require")
    query = PostgresqlDatabase(url, pool_size=1, connect_timeout=1).writers.url.query
    assert query == {"ssl": "require"}
