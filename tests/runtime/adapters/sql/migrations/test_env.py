"""How Alembic's scripts are run."""

import pytest

from palaver_runtime.adapters.sql import SqlStore, migrate


async def test_migrations_run_in_the_transaction_of_the_caller(
    store: SqlStore, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """env.py uses the connection that it is given and opens none of its own."""
    monkeypatch.setattr("sqlalchemy.engine_from_config", None)
    monkeypatch.setattr("sqlalchemy.create_engine", None)
    await migrate(store_url)
    async with store.reading() as tx:
        assert await tx.user("nobody") is None
