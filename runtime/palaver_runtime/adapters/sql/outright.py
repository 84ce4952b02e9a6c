"""Messages that are sent without a lock: PostgreSQL is asked once or twice for a batch, in a transaction each time.

To begin one, to lock, to read, to change and to commit takes PostgreSQL's clients five round trips at least, each of
which costs both sides more than what is done in it; senders wait for all of them. Here a statement reads what is not
known from the batches before, and another one adds what may be added, or nothing if anything has changed in between.
SQLAlchemy has the connections; the statements go to the driver by themselves, as each way through SQLAlchemy's changes
of stacks costs as much again.
"""

from collections.abc import Collection, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Protocol, cast

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from palaver_runtime.adapters.sql.batches import Outdated, Overtaken, statements
from palaver_runtime.adapters.sql.messages import read_message
from palaver_runtime.adapters.sql.prepared import Prepared
from palaver_runtime.adapters.sql.recollection import Recollection
from palaver_runtime.adapters.sql.sent_rows import Reading
from palaver_runtime.domain.values import Message
from palaver_runtime.ports import Advance, Asked, Ground

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

    __slots__ = ("_dialect", "_engine", "_idle", "_kept", "_recollection")

    def __init__(self, engine: AsyncEngine, kept: int) -> None:
        self._engine: Final = engine
        self._dialect: Final = engine.dialect
        self._kept: Final = kept
        self._idle: Final[list[PoolProxiedConnection]] = []
        self._recollection: Final = Recollection()

    def batch(self) -> "Block":
        """Give a block in which a batch can be sent, once."""
        return Block(self)

    async def take(self) -> PoolProxiedConnection:
        """Have a connection."""
        while self._idle:
            connection = self._idle.pop()
            if not _driver(connection).is_closed():
                return connection
            # The pool replaces it when somebody wants it; and whoever answers then may not know what this one knew.
            connection.close()
            self._recollection.clear()
        try:
            return await greenlet_spawn(self._engine.sync_engine.raw_connection)
        except Exception as error:
            raise _named(error, lost=True) from error

    def over(self, connection: PoolProxiedConnection) -> "Unlocked":
        """Give a batch that goes over a connection."""
        return Unlocked(_driver(connection), self._dialect, self._recollection)

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


class Block:
    """A block in which a batch can be sent.

    Raises Outdated or Overtaken, with nothing done, where that has to be done again, from the beginning.
    """

    __slots__ = ("_connection", "_outright")

    def __init__(self, outright: Outright) -> None:
        self._outright: Final = outright
        self._connection: PoolProxiedConnection | None = None

    async def __aenter__(self) -> "Unlocked":
        connection = self._connection = await self._outright.take()
        return self._outright.over(connection)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._connection = self._connection, None
        assert connection is not None
        if error is None or isinstance(error, Exception):
            self._outright.give_back(connection)
        else:
            # Interrupted: the server may still be at it.
            connection.invalidate(error)
            connection.close()


class Unlocked:
    """A batch each statement of which is a transaction of its own."""

    __slots__ = ("_dialect", "_driver", "_recalled", "_recollection", "_statements")

    def __init__(self, driver: Driver, dialect: Dialect, recollection: Recollection) -> None:
        self._driver: Final = driver
        self._dialect: Final = dialect
        self._statements: Final = statements(dialect)
        self._recollection: Final = recollection
        self._recalled = recollection.of(())

    async def ground(self, asked: Sequence[Asked]) -> Ground:
        """Give what several messages have to do with, as far as it is known from the batches before, and read the rest.

        What is known is from where each conversation has been left; so is what is read, or later.
        """
        known, reading = self._statements, Reading()
        recalled = self._recalled = self._recollection.of(asked)
        if recalled.unread:
            parameters = known.asked.parameters([each[:3] for each in recalled.unread])
            for row in await self.found(known.ground, parameters):
                reading.take(row[0], row[1], row[2], row[3:])
        wanted = reading.wanted(asked)
        return recalled.completed(reading.ground(await self._messages(wanted) if wanted else {}))

    async def add_messages(self, advances: Collection[Advance], new: Sequence[Message]) -> None:
        """Add messages to conversations, and set their counters as `ground` gave them and these messages need them.

        Raises Overtaken, with nothing done, where one of the conversations has been changed since. It is Outdated where
        not all was read, also if one of the messages was sent before.
        """
        known, recalled = self._statements, self._recalled
        parameters = known.addition(advances, recalled.revisions, new)
        recalled.leave(advances)
        done = await self.found(known.add_unsent if recalled.trusting else known.add, parameters)
        if done[0][0] == len(advances):
            recalled.arrive(advances)
        elif recalled.trusting:
            recalled.doubt()
            raise Outdated
        else:
            raise Overtaken

    async def found(self, prepared: Prepared, parameters: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        """Give the rows of what is prepared as the driver has them."""
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

    async def _messages(self, message_ids: Collection[str]) -> dict[str, Message]:
        known = self._statements
        found = await self.found(known.messages, known.ids.parameters([(each,) for each in message_ids]))
        return {row["id"]: read_message(row) for row in known.messages.text(self._dialect).rows(found)}


def _driver(connection: PoolProxiedConnection) -> Driver:
    return cast("Driver", connection.driver_connection)


def _named(error: Exception, *, lost: bool) -> DBAPIError:
    """Give an error as SQLAlchemy would."""
    return DBAPIError(None, None, error, hide_parameters=True, connection_invalidated=lost)
