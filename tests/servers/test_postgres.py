"""The PostgreSQL fixture is itself right."""

import os
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from servers.postgres import server
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


async def _rows(url: str, statement: str) -> list[tuple[object, ...]]:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            return [tuple(row) for row in await connection.execute(text(statement))]
    finally:
        await engine.dispose()


async def test_real_server_answers_through_asyncpg(postgres_url: str) -> None:
    """SQLAlchemy reaches a PostgreSQL, version 15 or later, at the URL as it is."""
    assert postgres_url.startswith("postgresql+asyncpg://")
    ((version,),) = await _rows(postgres_url, "SELECT current_setting('server_version_num')::int")
    assert isinstance(version, int)
    assert version >= 150000


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_gets_an_empty_database(postgres_url: str, turn: int) -> None:
    """What one test leaves in its database no other test sees."""
    tables = "SELECT relname FROM pg_stat_user_tables"
    assert await _rows(postgres_url, tables) == []
    engine = create_async_engine(postgres_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE left_behind (id int)"))
    await engine.dispose()
    assert await _rows(postgres_url, tables) == [("left_behind",)]


@pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="the server is somebody else's")
async def test_server_does_not_run_as_root(postgres_url: str) -> None:
    """The server's data belongs to an unprivileged user also when the tests run as root."""
    ((folder,),) = await _rows(postgres_url, "SHOW data_directory")
    assert Path(str(folder)).stat().st_uid != 0


def test_failure_of_the_user_stops_the_server() -> None:
    """An exception inside the block leaves neither a server nor its folder behind."""
    with suppress(ZeroDivisionError), server() as url:
        status = Path(str(url.query["host"])) / "data" / "postmaster.pid"
        process = int(status.read_text().splitlines()[0])
        assert psutil.pid_exists(process)
        _ = 1 / 0
    assert not status.parent.parent.exists()
    assert not psutil.pid_exists(process)
