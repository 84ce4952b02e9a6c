"""Stores for the tests of the runtime: each test that asks for one runs on every database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from doubles.chat import Chat

from palaver_runtime.adapters.sql import SqlStore


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/palaver.db"
    url = request.getfixturevalue("postgres_url")
    assert isinstance(url, str)
    return url


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
