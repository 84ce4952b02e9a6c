"""The driver of SQLite as SQLAlchemy uses it, with one call into the connection's thread for each statement.

SQLAlchemy's own takes four (open a cursor, execute, fetch, close), and each costs two changes of thread: for the short
statements of a chat more than the statement itself. For the same reason a transaction begins in the call of its first
statement, one without any never does, and nobody waits for the end of one that only reads: the thread, which takes its
calls in order, has come to it before whatever is next on the connection.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)


@dataclass
class _Done:
    """What is left of a cursor when all rows are fetched: nothing that has to be closed."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    arraysize: int = 1
    rows: Sequence[Any] = ()

    def close(self) -> None:
        """Do nothing."""


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Executes and fetches in one go."""

    __slots__ = ()
    _adapt_connection: "_Connection"
    _awaitable_cursor_close = False

    def _make_new_cursor(self, _connection: Any) -> Any:
        return _Done()

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor

    async def _execute_async(self, operation: Any, parameters: Any) -> Any:
        return await self._in_thread(partial(_execute, self._connection._conn, operation, parameters or ()))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> Any:
        return await self._in_thread(partial(_executemany, self._connection._conn, operation, seq_of_parameters))

    async def _in_thread(self, function: Any) -> Any:
        async with self._adapt_connection._execute_mutex:
            begins = self._adapt_connection.begun()
            if begins is not None:
                function = partial(_begin, self._connection._conn, begins, function)
            done: Any = await self._connection._execute(function)
        self._cursor = done
        self._rows = deque(done.rows)
        return done


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ("_begins", "_reads")
    _cursor_cls = _Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._begins: str | None = None
        self._reads = False

    def begin(self, statement: str, *, reads: bool) -> None:
        """Begin a transaction by this statement as soon as there is another to execute."""
        self._begins, self._reads = statement, reads

    def begun(self) -> str | None:
        """Return the statement by which the transaction has to begin now, if it has not."""
        begins, self._begins = self._begins, None
        return begins

    def commit(self) -> None:
        if self.begun() is None and not self._end_reading():
            super().commit()

    def rollback(self) -> None:
        if self.begun() is None and not self._end_reading():
            super().rollback()

    def _end_reading(self) -> bool:
        """End a transaction that only reads, without waiting; tell whether it was one."""
        reads, self._reads = self._reads, False
        if reads and self._connection._connection:
            self._connection._tx.put_nowait((None, self._connection._conn.rollback))
        return reads


def begin(connection: object, statement: str, *, reads: bool = False) -> None:
    """Begin a transaction on a connection of this driver as soon as there is something to execute in it.

    Of one that only `reads` it makes no difference how it ends.
    """
    if not isinstance(connection, _Connection):
        raise TypeError(f"{connection!r} is no connection of this driver")
    connection.begin(statement, reads=reads)


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """To be given to an engine as its `module`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arguments: Any, **options: Any) -> AsyncAdapt_aiosqlite_connection:
        """Open a connection."""
        opened = super().connect(*arguments, **options)
        return _Connection(self, opened._connection)


def _begin(connection: sqlite3.Connection, statement: str, then: Callable[[], _Done]) -> _Done:
    connection.execute(statement).close()
    return then()


def _execute(connection: sqlite3.Connection, operation: str, parameters: Any) -> _Done:
    return _finished(connection.execute(operation, parameters))


def _executemany(connection: sqlite3.Connection, operation: str, many: Any) -> _Done:
    return _finished(connection.executemany(operation, many))


def _finished(cursor: sqlite3.Cursor) -> _Done:
    # A cursor that is not closed would keep its statement, and with it the transaction, open.
    rows = cursor.fetchall() if cursor.description else ()
    done = _Done(cursor.description, cursor.rowcount, cursor.lastrowid, cursor.arraysize, rows)
    cursor.close()
    return done
