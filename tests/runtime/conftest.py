"""Stores for the tests of the runtime: each test that asks for one runs on every database."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from doubles.chat import Chat

from palaver_runtime.adapters.sql import SqlStore, migrate


@pytest.fixture(scope="session")
async def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with its tables: a copy of it is ready much sooner than a new one."""
    path = tmp_path_factory.mktemp("migrated") / "palaver.db"
    await migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated: Path) -> str:
    """The URL of an SQLite database of the test's own, with tables."""
    return f"sqlite:///{shutil.copy(migrated, tmp_path)}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database of the test's own, with tables."""
    return _asked(request, "sqlite_url" if request.param == "sqlite" else "postgres_tables_url")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of the test's own, without."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/palaver.db"
    return _asked(request, "postgres_url")


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[SqlStore]:
    """A store that is started, and empty."""
    store = SqlStore(store_url)
    try:
        await store.start()
        yield store
    finally:
        await store.close()


@pytest.fixture
async def chat(store: SqlStore) -> AsyncIterator[Chat]:
    """Every service on that store."""
    chat = Chat(store)
    yield chat
    await chat.close()


def _asked(request: pytest.FixtureRequest, fixture: str) -> str:
    url = request.getfixturevalue(fixture)
    assert isinstance(url, str)
    return url
