"""Which schema a database has, and which one it is to have: migrations are loaded only where one is due."""

import asyncio
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from palaver_runtime.adapters.sql.database import Database

# Alembic hands the migration that runs to its scripts by global names.
_alembic = asyncio.Lock()


class SchemaUnknown(Exception):
    """The database was migrated by a later version of this program."""


class SchemaOutdated(Exception):
    """The database is not of the schema that this version has; the message says which it has."""


REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005")
"""Every revision of the schema that this version knows, the first one first; the last one is what it needs."""


async def current(connection: AsyncConnection) -> str | None:
    """Give the revision of a database's schema; None for one that was never migrated."""
    return await connection.run_sync(_current)


async def require_newest(database: Database) -> None:
    """Raise SchemaUnknown or SchemaOutdated unless a database is of this version's schema; change nothing."""
    async with database.readers.connect() as connection, connection.begin():
        found = await current(connection)
    if found not in (None, *REVISIONS):
        raise SchemaUnknown(f"revision {found} is not known")
    if found != REVISIONS[-1]:
        raise SchemaOutdated("no tables" if found is None else f"the schema {found} instead of {REVISIONS[-1]}")


async def downgrade(database: Database, revision: str) -> None:
    """Undo the migrations after a revision, all in one transaction; nothing is done for one that is newer."""
    await _move(database, revision, up=False)


async def upgrade(database: Database) -> None:
    """Run the migrations that are due, all in one transaction; whoever comes at the same time waits."""
    await _move(database, REVISIONS[-1], up=True)


async def _move(database: Database, revision: str, *, up: bool) -> None:
    async with _alembic, database.turn(), database.writers.begin() as connection:
        await database.lock_schema(connection)
        found = await current(connection)
        if found not in (None, *REVISIONS):
            raise SchemaUnknown(f"revision {found} is not known")
        here = found or ""
        due = here < revision if up else here > revision
        if due:
            from palaver_runtime.adapters.sql import migrating  # brings Alembic, which is seldom needed

            await connection.run_sync(migrating.upgrade if up else migrating.downgrade, revision)


def _current(connection: Connection) -> str | None:
    """Read the table that Alembic keeps."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found
