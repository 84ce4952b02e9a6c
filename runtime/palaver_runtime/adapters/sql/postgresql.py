"""PostgreSQL, by asyncpg."""

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import cast

from sqlalchemy import URL, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from palaver_runtime.adapters.sql.at_hand import AtHand
from palaver_runtime.adapters.sql.outright import Block, Driver, Outright

_SCHEMA_LOCK = 0x70616C61766572
"""The key of the advisory lock under which the schema is changed: "palaver" in ASCII."""

_PASSING = frozenset({"08", "40", "53", "55", "57"})
"""Classes of SQLSTATE: connection lost, deadlock or serialization, no resources, lock not to be had, shutdown."""


class PostgresqlDatabase:
    """A database on a server. Writers of one conversation wait for each other at its row."""

    def __init__(self, url: URL, pool_size: int, connect_timeout: float) -> None:
        # libpq's name for it, which asyncpg takes under another one.
        if "sslmode" in url.query:
            url = url.update_query_dict({"ssl": url.query["sslmode"]}).difference_update_query(["sslmode"])
        self._engine = create_async_engine(
            url,
            hide_parameters=True,  # an error that is logged does not repeat what people wrote
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=connect_timeout,
            pool_use_lifo=True,
            connect_args={"timeout": connect_timeout},
        )
        event.listen(self._engine.sync_engine, "checkout", _checked_out)
        #: Nothing is: each answer comes from a server.
        self.hand: AtHand | None = None
        #: One has its answer while the other waits for its own; with more there are smaller batches, and all cost more.
        self.senders = 2
        # One connection is for all others at least.
        self._outright = Outright(self._engine, kept=min(self.senders, pool_size - 1))
        # One moment for all that a transaction reads.
        self.readers = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # After the wait for a row, each statement sees what those before have committed.
        self.writers = self._engine.execution_options(isolation_level="READ COMMITTED")

    def is_there(self) -> bool:
        """Say yes: only connecting tells."""
        return True

    async def prepare(self) -> None:
        """Do nothing."""

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Wait for nobody."""
        return nullcontext()

    def outright(self) -> Block:
        """Send without a lock, and by the driver."""
        return self._outright.batch()

    async def lock_schema(self, connection: AsyncConnection) -> None:
        """Take an advisory lock, as there may be no table yet that could be locked."""
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})

    def is_passing(self, error: DBAPIError) -> bool:
        """Take a lost connection, a deadlock and the like for such an error."""
        state = getattr(error.orig, "sqlstate", None)
        return error.connection_invalidated or (isinstance(state, str) and state[:2] in _PASSING)

    def remedy(self, error: BaseException) -> str:  # noqa: ARG002
        """Say what to do when the server is out of reach."""
        return "Check that the server runs, and that host, port, user, password and database are right."

    async def close(self) -> None:
        """Close all connections."""
        self._outright.close()
        await self._engine.dispose()


def _checked_out(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """Have the pool replace a connection that the server has closed.

    The driver has noticed by itself, so there is no need of SQLAlchemy's ping: three round trips for each transaction.
    """
    if cast("Driver", connection.driver_connection).is_closed():
        raise DisconnectionError("the server has closed the connection")
