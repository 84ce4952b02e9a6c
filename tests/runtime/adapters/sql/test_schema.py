"""Migrations as they are run."""

import asyncio
import sys
from pathlib import Path

import pytest
from alembic.operations import Operations
from doubles.clock import ManualClock
from sqlalchemy import inspect, text

from palaver_runtime.adapters.sql import REVISIONS, SqlStore, StoreUnavailable, migrate, revert
from palaver_runtime.adapters.sql.tables import metadata
from palaver_runtime.domain.values import User

MIGRATE = "import asyncio, sys; from palaver_runtime.adapters.sql import migrate; asyncio.run(migrate(sys.argv[1]))"


async def tables(url: str) -> set[str]:
    """Give the names of the tables."""
    store = SqlStore(url)
    await store.start()
    async with store.reading() as tx:
        names = await tx._connection.run_sync(lambda connection: inspect(connection).get_table_names())
    await store.close()
    return set(names)


async def test_migration_makes_every_table_and_can_be_repeated(empty_url: str) -> None:
    """An empty database gets every table; a second run changes nothing and loses nothing."""
    await migrate(empty_url)
    store = SqlStore(empty_url)
    await store.start()
    async with store.writing() as tx:
        await tx.add_user(User(id="ann", created_at=ManualClock().now()))
    await store.close()
    await migrate(empty_url)
    store = SqlStore(empty_url)
    await store.start()
    async with store.reading() as tx:
        assert await tx.user("ann") is not None
    await store.close()
    assert await tables(empty_url) == {*metadata.tables, "alembic_version"}


async def test_nothing_of_alembic_is_loaded_where_nothing_is_due(empty_url: str) -> None:
    """A server that starts on the tables that it left is ready sooner."""
    said = []
    for _ in range(2):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            f"{MIGRATE}; print('alembic' in sys.modules)",
            empty_url,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _nothing = await process.communicate()
        said.append(output.decode().strip())
    assert said == ["True", "False"]


async def test_processes_can_migrate_at_once(empty_url: str) -> None:
    """Three processes that start on an empty database at the same time all succeed."""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", MIGRATE, empty_url, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    outcomes = [await process.communicate() for process in processes]
    assert [(process.returncode, error.decode()) for process, (_, error) in zip(processes, outcomes, strict=True)] == [
        (0, "")
    ] * 3
    assert await tables(empty_url) >= set(metadata.tables)


async def test_stores_of_one_process_can_migrate_at_once(empty_url: str, tmp_path: Path) -> None:
    """Several stores that are started together in one process all start, on one database and on several."""
    urls = [empty_url, empty_url, f"sqlite:///{tmp_path}/second.db", f"sqlite:///{tmp_path}/third.db"]
    await asyncio.gather(*map(migrate, urls))
    for url in urls:
        assert await tables(url) >= set(metadata.tables)


async def test_database_of_a_later_version_is_refused(empty_url: str) -> None:
    """A database with a migration that this version does not know is left alone, and the error says why."""
    store = SqlStore(empty_url)
    await store.start()
    async with store.writing() as tx:
        await tx._connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await store.close()
    with pytest.raises(StoreUnavailable, match="a later version of this program made its tables"):
        await migrate(empty_url)


async def test_migration_that_fails_leaves_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration is done as a whole or not at all: the next try finds an empty database."""

    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("on purpose")

    with monkeypatch.context() as patch:
        patch.setattr(Operations, "create_index", fail)
        with pytest.raises(StoreUnavailable, match="on purpose"):
            await migrate(empty_url)
    await migrate(empty_url)
    assert await tables(empty_url) >= set(metadata.tables)


async def test_store_opens_only_what_is_of_this_version(empty_url: str) -> None:
    """Opening changes nothing: without tables, with older ones, or with later ones it says what to do."""
    store = SqlStore(empty_url)
    try:
        with pytest.raises(StoreUnavailable, match=r"there is no such file|it has no tables") as refused:
            await store.open()
        assert "palaver migrate" in refused.value.remedy
        await store.start()
        await store.open()
        await revert(empty_url, REVISIONS[-2])
        with pytest.raises(StoreUnavailable, match=f"the schema {REVISIONS[-2]} instead of {REVISIONS[-1]}"):
            await store.open()
        await store.start()
        async with store.writing() as tx:
            await tx._connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        for opening in (store.open(), store.revert("0001")):
            with pytest.raises(StoreUnavailable, match="a later version of this program"):
                await opening
    finally:
        await store.close()


async def test_going_back_and_forth_keeps_users(empty_url: str) -> None:
    """Each earlier schema can be gone back to, twice too, and the newest be come back to."""
    store = SqlStore(empty_url)
    await store.start()
    async with store.writing() as tx:
        await tx.add_user(User(id="ann", created_at=ManualClock().now()))
    try:
        for revision in REVISIONS[::-1]:
            await store.revert(revision)
            await store.revert(revision)
        await store.start()
        async with store.reading() as tx:
            assert await tx.user("ann") is not None
    finally:
        await store.close()
