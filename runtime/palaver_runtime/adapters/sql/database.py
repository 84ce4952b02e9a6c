"""What differs between the databases, in one interface, and the choice among them by URL."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from palaver_runtime.adapters.sql.at_hand import AtHand
from palaver_runtime.adapters.sql.errors import StoreUnavailable
from palaver_runtime.adapters.sql.postgresql import PostgresqlDatabase
from palaver_runtime.adapters.sql.sqlite import SqliteDatabase
from palaver_runtime.ports import Sending


class Database(Protocol):
    """A database. It has two engines: one for transactions that read, one for those that write."""

    readers: AsyncEngine
    writers: AsyncEngine
    hand: AtHand | None
    """What answers at once, once it is prepared, where a database can."""
    senders: int
    """How many may send messages at the same time to any avail."""

    def is_there(self) -> bool:
        """Tell whether there is anything to connect to, as far as that can be known before."""

    async def prepare(self) -> None:
        """Do what must be done once before the first transaction. Raises what the driver raises."""

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Wait until a writing transaction may begin."""

    def outright(self) -> AbstractAsyncContextManager[Sending] | None:
        """Give a block in which a batch is sent, where a database has a way to do that which costs less.

        It raises Overtaken or NotAtHand where nothing was done, and the batch is to be sent as all is written; Outdated
        where it is to be sent so again.
        """

    async def lock_schema(self, connection: AsyncConnection) -> None:
        """Keep others from changing the schema until the transaction ends."""

    def is_passing(self, error: DBAPIError) -> bool:
        """Tell whether an error is due to the state of the database, and not to what it was asked."""

    def remedy(self, error: BaseException) -> str:
        """Say what to do when the database is out of reach."""

    async def close(self) -> None:
        """Close all connections. No transaction is open."""


def database(url: str, *, pool_size: int, connect_timeout: float) -> Database:
    """Choose the database that a URL names: SQLite or PostgreSQL, the driver is ours to choose."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreUnavailable(
            "(not shown)", "this is no URL", "Give sqlite:///file or postgresql://user@host/database."
        ) from None
    match parsed.get_backend_name():
        case "sqlite":
            return SqliteDatabase(parsed.set(drivername="sqlite+aiosqlite"), pool_size, connect_timeout)
        case "postgresql" | "postgres":
            return PostgresqlDatabase(parsed.set(drivername="postgresql+asyncpg"), pool_size, connect_timeout)
        case other:
            raise StoreUnavailable(
                shown(parsed), f"{other} is not supported", "Give sqlite:///file or postgresql://user@host/database."
            )


def shown(url: URL) -> str:
    """Give a URL as it may be printed: without the password, wherever it stands."""
    return url.difference_update_query(["password", "sslpassword"]).render_as_string(hide_password=True)
