"""Messages that are sent without a lock: PostgreSQL is asked twice for a batch, and each answer is a transaction.

To begin one, to lock, to read, to change and to commit takes PostgreSQL's clients five round trips at least, each of
which costs both sides more than what is done in it; senders wait for all of them. Here a statement reads, and another
one adds what may be added, or nothing if anything has changed in between. SQLAlchemy has the connections; the
statements go to the driver by themselves, as each way through SQLAlchemy's changes of stacks costs as much again.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Final, Protocol, cast

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from palaver_runtime.adapters.sql.batches import Batch, Overtaken
from palaver_runtime.adapters.sql.prepared import Prepared, Row

_SERIALIZATION_FAILURE: Final = "40001"
"""How PostgreSQL tells that others were faster, where it is told to make every transaction a serializable one."""


class Driver(Protocol):
    """What is used of asyncpg's connection."""

    async def fetch(self, query: str, *values: object) -> Sequence[Sequence[Any]]:
        """Execute a statement, which is a transaction of its own where none has begun, and give all rows."""

    def is_closed(self) -> bool:
        """Tell whether either side has closed the connection."""


class Outright:
    """A way to send batches over connections of an engine.

    Up to `kept` connections do not go back to the pool in between: to get one there takes as long as to send a message.
    """

    __slots__ = ("_engine", "_idle", "_kept")

    def __init__(self, engine: AsyncEngine, kept: int) -> None:
        self._engine: Final = engine
        self._kept: Final = kept
        self._idle: Final[list[PoolProxiedConnection]] = []

    def batch(self) -> AbstractAsyncContextManager[Batch]:
        """Give a block in which a batch can be sent, once."""
        return _Block(self)

    async def take(self) -> tuple[PoolProxiedConnection, Batch]:
        """Have a connection, and a batch that goes over it."""
        connection = await self._connected()
        return connection, _Unlocked(_driver(connection), self._engine.dialect)

    def give_back(self, connection: PoolProxiedConnection) -> None:
        """Let others have a connection that was taken."""
        if len(self._idle) < self._kept:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Let the pool have the connections that are kept."""
        while self._idle:
            self._idle.pop().close()

    async def _connected(self) -> PoolProxiedConnection:
        while self._idle:
            connection = self._idle.pop()
            if not _driver(connection).is_closed():
                return connection
            # The pool replaces it when somebody wants it.
            connection.close()
        try:
            return await greenlet_spawn(self._engine.sync_engine.raw_connection)
        except Exception as error:
            raise _named(error, lost=True) from error


class _Block:
    """A block in which a batch can be sent."""

    __slots__ = ("_connection", "_outright")

    def __init__(self, outright: Outright) -> None:
        self._outright: Final = outright
        self._connection: PoolProxiedConnection | None = None

    async def __aenter__(self) -> Batch:
        self._connection, batch = await self._outright.take()
        return batch

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        connection, self._connection = self._connection, None
        assert connection is not None
        if error is None or isinstance(error, Exception):
            self._outright.give_back(connection)
        else:
            # Interrupted: the server may still be at it.
            connection.invalidate(error)
            connection.close()


class _Unlocked(Batch):
    """A batch each statement of which is a transaction of its own."""

    def __init__(self, driver: Driver, dialect: Dialect) -> None:
        super().__init__(cast("AsyncConnection", _Spoken(dialect)))
        self._driver: Final = driver
        self._dialect: Final = dialect

    async def _rows(self, prepared: Prepared, **parameters: object) -> Sequence[Row]:
        return prepared.text(self._dialect).rows(await self._found(prepared, **parameters))

    async def _found(self, prepared: Prepared, **parameters: object) -> Sequence[Sequence[Any]]:
        text = prepared.text(self._dialect)
        values = text.values(parameters)
        try:
            return await self._driver.fetch(text.sql, *values)
        except OSError:
            raise
        except Exception as error:
            if getattr(error, "sqlstate", None) == _SERIALIZATION_FAILURE:
                raise Overtaken from error
            raise _named(error, lost=self._driver.is_closed()) from error


class _Spoken:
    """What a batch has to know of its connection where statements go another way: how it speaks."""

    __slots__ = ("dialect",)

    def __init__(self, dialect: Dialect) -> None:
        self.dialect: Final = dialect


def _driver(connection: PoolProxiedConnection) -> Driver:
    return cast("Driver", connection.driver_connection)


def _named(error: Exception, *, lost: bool) -> DBAPIError:
    """Give an error as SQLAlchemy would."""
    return DBAPIError(None, None, error, hide_parameters=True, connection_invalidated=lost)
