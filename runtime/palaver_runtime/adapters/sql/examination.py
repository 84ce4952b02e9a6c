"""What can be said of a database from outside, for those who look for what is wrong. Nothing is changed."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from palaver_runtime.adapters.sql import schema
from palaver_runtime.adapters.sql.database import Database, database, shown
from palaver_runtime.adapters.sql.errors import StoreUnavailable, why
from palaver_runtime.adapters.sql.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """What a database is like. `url` has no password.

    `schema` is the revision of its tables, None without any. `refusal` says why
    nothing can be written, None when it can. `settings` are those on which durability depends; `size` is in bytes;
    `connections` are those that are open and that may be, None for a file. `offset` is how many seconds its clock is
    ahead of ours, and `round_trip` how many seconds a question takes.
    """

    url: str
    kind: str
    version: str
    schema: str | None
    refusal: str | None
    settings: Mapping[str, str]
    size: int
    connections: tuple[int, int] | None
    offset: float
    round_trip: float


def sqlite_file(url: str) -> Path | None:
    """Give the file of an SQLite database; None for one in memory, for any other, and for what is no URL."""
    with suppress(ArgumentError):
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database not in {None, "", ":memory:"}:
            return Path(str(parsed.database))
    return None


async def examine(url: str, timeout: float = 5.0) -> DatabaseFacts:
    """Look at a database; raise StoreUnavailable when it cannot be reached."""
    chosen = database(url, pool_size=2, connect_timeout=timeout)
    try:
        return await _examined(chosen, shown(make_url(url)))
    except StoreUnavailable:
        raise
    except Exception as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        raise StoreUnavailable(shown(make_url(url)), why(cause), chosen.remedy(cause)) from error
    finally:
        await chosen.close()


async def _examined(chosen: Database, url: str) -> DatabaseFacts:
    async with chosen.readers.connect() as connection, connection.begin():
        kind = connection.dialect.name
        asked, begun = datetime.now(UTC), time.perf_counter()
        there = await Transaction(connection).now()
        round_trip = time.perf_counter() - begun
        found = await schema.current(connection)
        look = _postgresql if kind == "postgresql" else _sqlite
        version, settings, size, connections = await look(connection)
    return DatabaseFacts(
        url=url,
        kind=kind,
        version=version,
        schema=found,
        refusal=await _refusal(chosen),
        settings=settings,
        size=size,
        connections=connections,
        offset=(there - asked).total_seconds() - round_trip / 2,
        round_trip=round_trip,
    )


async def _refusal(chosen: Database) -> str | None:
    """Try to make a table, which is taken back; say why that does not work."""
    try:
        async with chosen.turn(), chosen.writers.connect() as connection:
            begun = await connection.begin()
            await connection.execute(text("CREATE TABLE palaver_doctor (x INTEGER)"))
            await begun.rollback()
    except DBAPIError as error:
        return str(error.orig).partition("\n")[0]
    return None


async def _sqlite(connection: AsyncConnection) -> tuple[str, Mapping[str, str], int, tuple[int, int] | None]:
    async def pragma(name: str) -> object:
        return (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()

    version = (await connection.execute(text("SELECT sqlite_version()"))).scalar_one()
    size = int(str(await pragma("page_count"))) * int(str(await pragma("page_size")))
    levels = {"0": "off", "1": "normal", "2": "full", "3": "extra"}
    settings = {
        "journal_mode": str(await pragma("journal_mode")),
        "synchronous": levels.get(str(await pragma("synchronous")), "unknown"),
    }
    return str(version), settings, size, None


async def _postgresql(connection: AsyncConnection) -> tuple[str, Mapping[str, str], int, tuple[int, int] | None]:
    settings = {
        name: str((await connection.execute(text(f"SHOW {name}"))).scalar_one())
        for name in ("fsync", "full_page_writes", "synchronous_commit", "max_connections", "server_version")
    }
    size = (await connection.execute(text("SELECT pg_database_size(current_database())"))).scalar_one()
    used = (await connection.execute(text("SELECT count(*) FROM pg_stat_activity"))).scalar_one()
    return settings.pop("server_version"), settings, int(size), (int(used), int(settings.pop("max_connections")))
