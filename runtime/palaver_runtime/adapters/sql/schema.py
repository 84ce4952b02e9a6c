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


def _upgrade(connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise SchemaUnknown(str(error)) from error
