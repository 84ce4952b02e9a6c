"""Runs the migrations that are shipped with the package, by Alembic, on a given connection and in its transaction."""

import logging
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

SCRIPTS: Final = Path(__file__).parent / "migrations"


def _is_news(record: logging.LogRecord) -> bool:
    return record.levelno > logging.INFO or record.getMessage().startswith("Running ")


# Whenever it looks at a database Alembic tells how it does that; of use is what it changes.
logging.getLogger("alembic.runtime.migration").addFilter(_is_news)


def upgrade(connection: Connection, revision: str) -> None:
    """Run the migrations until a revision."""
    command.upgrade(configuration(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Undo the migrations after a revision."""
    command.downgrade(configuration(connection), revision)


def configuration(connection: Connection) -> Config:
    """Give what Alembic's commands need to run the migrations on a connection, within its transaction."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config
