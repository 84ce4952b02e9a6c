"""Brings the tables of a database up to date, with the migrations that are shipped with the package."""

import asyncio
import logging
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from palaver_runtime.adapters.sql.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"

# Alembic hands the migration that runs to its scripts by global names.
_alembic = asyncio.Lock()


class SchemaUnknown(Exception):
    """The database was migrated by a later version of this program."""


class SchemaOutdated(Exception):
    """The database is not of the schema that this version has; the message says which it has."""


REVISIONS: Final = tuple(each.revision for each in ScriptDirectory(str(_SCRIPTS)).walk_revisions())[::-1]
"""Every revision of the schema that this version knows, the first one first; the last one is what it needs."""


def _is_news(record: logging.LogRecord) -> bool:
    return record.levelno > logging.INFO or record.getMessage().startswith("Running ")


# Whenever it looks at a database Alembic tells how it does that; of use is what it changes.
logging.getLogger("alembic.runtime.migration").addFilter(_is_news)


async def current(connection: AsyncConnection) -> str | None:
    """Give the revision of a database's schema; None for one that was never migrated."""
    return await connection.run_sync(lambda given: MigrationContext.configure(given).get_current_revision())


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
    async with _alembic, database.turn(), database.writers.begin() as connection:
        await database.lock_schema(connection)
        found = await current(connection)
        if found is not None and found not in REVISIONS:
            raise SchemaUnknown(f"revision {found} is not known")
        if found is not None and found > revision:
            await connection.run_sync(lambda given: command.downgrade(configuration(given), revision))


async def upgrade(database: Database) -> None:
    """Run the migrations that are due, all in one transaction; whoever comes at the same time waits."""
    async with _alembic, database.turn(), database.writers.begin() as connection:
        await database.lock_schema(connection)
        await connection.run_sync(_upgrade)


def configuration(connection: Connection) -> Config:
    """Give what Alembic's commands need to run the migrations on a connection, within its transaction."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


def _upgrade(connection: Connection) -> None:
    try:
        command.upgrade(configuration(connection), "head")
    except CommandError as error:
        raise SchemaUnknown(str(error)) from error
