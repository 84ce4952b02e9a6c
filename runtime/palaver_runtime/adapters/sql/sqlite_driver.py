"""The driver of SQLite as SQLAlchemy uses it, which leaves the loop's thread only for what may take long.

SQLAlchemy's own makes four calls into a thread of the connection for each statement (open a cursor, execute, fetch,
close), and each costs two changes of thread: for the short statements of a chat many times what SQLite takes for them,
and a writer keeps all others waiting meanwhile. Here a statement is executed where it is called, and only these go into
the thread: the beginning of a transaction that writes, which may have to wait for another process; a commit, which
waits for the disk; a query that turns out to be long, which is begun again there; many rows that are added at once; and
what is rare, as deleting is.

For the same reason a transaction begins with its first statement, and one without any never does.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util import await_only

LONG: Final = 50_000
"""Steps of SQLite's machine after which a query is long: about a millisecond, some thousand rows that are looked at."""

_MANY: Final = 8
"""Rows that are added at once: of messages, each may be as large as an event."""

_QUERY: Final = "SELECT"
_SHORT: Final = ("INSERT", "UPDATE")


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


class _Nothing:
    """What is waited for where nothing is to be: SQLAlchemy takes a driver that never waits for one that blocks."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


_NOTHING: Final = _Nothing()


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Executes and fetches in one go."""

    __slots__ = ()
    _adapt_connection: "_Connection"
    _awaitable_cursor_close = False

    def _make_new_cursor(self, _connection: Any) -> Any:
        return _Done()

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor

    def execute(self, operation: Any, parameters: Any = None) -> None:
        self._keep(operation, partial(_execute, self._connection._conn, operation, parameters or ()))

    def executemany(self, operation: Any, seq_of_parameters: Any) -> None:
        many = partial(_executemany, self._connection._conn, operation, seq_of_parameters)
        self._keep(operation, many, long=len(seq_of_parameters) > _MANY)

    def _keep(self, operation: str, function: Callable[[], _Done], *, long: bool = False) -> None:
        try:
            done: Any = self._adapt_connection.do(operation, function, long=long)
        except Exception as error:
            self._adapt_connection._handle_exception(error)
        self._cursor = done
        self._rows = deque(done.rows)


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ("_begins", "_begun", "_hurried", "_reads")
    _cursor_cls = _Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._begins: str | None = None
        self._begun = False
        self._reads = False
        self._hurried = False
        connection._conn.set_progress_handler(self._interrupts, LONG)

    def begin_with(self, statement: str, *, reads: bool) -> None:
        """Begin each transaction by this statement, as soon as there is another to execute."""
        self._begins, self._reads = statement, reads

    def do(self, operation: str, function: Callable[[], _Done], *, long: bool) -> _Done:
        """Do what an SQL text stands for, after the beginning of its transaction: in the thread if it may take long."""
        # Whoever shares the connection may be in its thread.
        done = None if self._execute_mutex.locked() else self._at_once(operation, function, long=long)
        if done is None:
            return await_only(self._in_thread(function))
        await_only(_NOTHING)
        return done

    def _at_once(self, operation: str, function: Callable[[], _Done], *, long: bool) -> _Done | None:
        """Do it here; None, and nothing done, where it may take long."""
        if not self._begun and self._begins is not None:
            if not self._reads:
                return None
            self._begin(self._begins)
        if operation.startswith(_QUERY):
            try:
                return self._hurry(function)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                    raise
        elif operation.startswith(_SHORT) and not long:
            # To interrupt a change would undo the whole transaction.
            return function()
        return None

    def _hurry(self, function: Callable[[], _Done]) -> _Done:
        self._hurried = True
        try:
            return function()
        finally:
            self._hurried = False

    def _interrupts(self) -> bool:
        return self._hurried

    async def _in_thread(self, function: Callable[[], _Done]) -> _Done:
        def work() -> _Done:
            if not self._begun and self._begins is not None:
                self._begin(self._begins)
            return function()

        async with self._execute_mutex:
            done: _Done = await self._connection._execute(work)
        return done

    def _begin(self, statement: str) -> None:
        _execute(self._connection._conn, statement, ())
        self._begun = True

    def commit(self) -> None:
        if self._is_to_be_ended():
            try:
                super().commit()
            except Exception:
                # SQLAlchemy takes it for ended, as on a full disk, and SQLite may not.
                super().rollback()
                raise

    def rollback(self) -> None:
        if self._is_to_be_ended():
            super().rollback()

    def _is_to_be_ended(self) -> bool:
        """Tell whether a transaction has begun whose end is to be waited for; end one that only reads."""
        if self._begins is None:
            return True
        begun, self._begun = self._begun, False
        if begun and self._reads and self._connection._connection:
            self._connection._conn.rollback()
        return begun and not self._reads


def begin_with(connection: object, statement: str, *, reads: bool = False) -> None:
    """Have each transaction on a connection of this driver begin by a statement, when there is something to execute.

    Of those that only `reads` it makes no difference how they end.
    """
    if not isinstance(connection, _Connection):
        raise TypeError(f"{connection!r} is no connection of this driver")
    connection.begin_with(statement, reads=reads)


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """To be given to an engine as its `module`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arguments: Any, **options: Any) -> AsyncAdapt_aiosqlite_connection:
        """Open a connection, which is used in its thread and elsewhere, but never in both at once."""
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
