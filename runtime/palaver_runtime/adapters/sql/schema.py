"""Brings the tables of a database up to date, with the migrations that are shipped with the package."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from palaver_runtime.adapters.sql.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"

# Alembic hands the migration that runs to its scripts by global names.
_alembic = asyncio.Lock()


class SchemaUnknown(Exception):
    """The database was migrated by a later version of this program."""


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
