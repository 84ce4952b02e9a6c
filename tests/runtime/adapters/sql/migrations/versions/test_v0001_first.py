"""The first tables as the migrations make them."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.tables import metadata


def difference(connection: Connection) -> list[object]:
    """Give what Alembic would have to change to make the database as the tables are declared."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_migrations_make_what_is_declared(store: SqlStore) -> None:
    """A migrated database has exactly the declared tables, columns, indexes and constraints."""
    async with store.reading() as tx:
        assert await tx._connection.run_sync(difference) == []
