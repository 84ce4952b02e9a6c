"""The driver of SQLite as SQLAlchemy uses it, with one call into the connection's thread for each statement.

SQLAlchemy's own takes four (open a cursor, execute, fetch, close), and each costs two changes of thread: for the short
statements of a chat more than the statement itself.
"""

import sqlite3
from collections import deque
from collections.abc import Sequence
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
            done: Any = await self._connection._execute(function)
        self._cursor = done
        self._rows = deque(done.rows)
        return done


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()
    _cursor_cls = _Cursor


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """To be given to an engine as its `module`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arguments: Any, **options: Any) -> AsyncAdapt_aiosqlite_connection:
        """Open a connection."""
        opened = super().connect(*arguments, **options)
        return _Connection(self, opened._connection)


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
