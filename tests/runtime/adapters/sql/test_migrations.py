"""The migrations, and what they make together."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from palaver_runtime.adapters.sql import SqlStore, migrate
from palaver_runtime.adapters.sql.tables import metadata


def difference(connection: Connection) -> list[object]:
    """Give what Alembic would have to change to make the database as the tables are declared."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_migrations_make_what_is_declared(store: SqlStore) -> None:
    """A migrated database has exactly the declared tables, columns, indexes and constraints."""
    async with store.reading() as tx:
        assert await tx._connection.run_sync(difference) == []


async def test_migrations_run_in_the_transaction_of_the_caller(
    store: SqlStore, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """env.py uses the connection that it is given and opens none of its own."""
    monkeypatch.setattr("sqlalchemy.engine_from_config", None)
    monkeypatch.setattr("sqlalchemy.create_engine", None)
    await migrate(store_url)
    async with store.reading() as tx:
        assert await tx.user("nobody") is None
