"""A SQLite that is asked in the loop's own thread, where the answer is there before anybody could wait for it.

To take a connection from a pool, begin a transaction by SQLAlchemy and give the connection back takes ten times as long
as SQLite takes for what every request and every connection asks. This one is kept, and does no more than what is
prepared.
"""

import sqlite3
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Concatenate, Final, NoReturn, ParamSpec, TypeVar, cast

from sqlalchemy import Connection, Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from palaver_runtime.adapters.sql.at_once import finish
from palaver_runtime.adapters.sql.prepared import Prepared, Row

T = TypeVar("T")
P = ParamSpec("P")


class NotAtHand(Exception):
    """Something has to be asked in the usual way: it is not prepared, or long, or there is trouble."""


class AtHand:
    """One connection for work that reads, one piece of it after the other."""

    def __init__(self, file: Path, dialect: Dialect, long: int) -> None:
        """Open a file that is there; what takes more than `long` steps of SQLite's machine is given up."""
        self._connection: Final = sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=0)
        self._connection.isolation_level = None
        self._connection.set_progress_handler(lambda: True, long)
        self._asked: Final = cast("AsyncConnection", PlainConnection(self._connection, dialect))
        #: SQLAlchemy's, of the database.
        self.dialect: Final = dialect
        self._cursor: Final = self._connection.cursor()

    def row(self, prepared: Prepared, parameters: Mapping[str, object]) -> Row | None:
        """Give the only row of one statement, if there is one: a transaction by itself. Raise NotAtHand as `ask` does.

        For who waits it costs half of what `ask` does, which has room for more.
        """
        text = prepared.text(self.dialect)
        try:
            rows = text.rows(self._cursor.execute(text.sql, text.values(parameters)).fetchall())
        except sqlite3.Error as error:
            raise NotAtHand from error
        return rows[0] if rows else None

    def ask(self, work: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        """Do some work in a transaction; raise NotAtHand where that is to be done elsewhere, from the beginning.

        The connection as the work gets it has what prepared statements use, and no more.
        """
        try:
            self._connection.execute("BEGIN DEFERRED")
            try:
                return finish(work(self._asked))
            finally:
                self._connection.rollback()
        except sqlite3.Error as error:
            raise NotAtHand from error

    def version(self) -> int:
        """Give a number that is another one once somebody else has committed; raise NotAtHand as `ask` does."""
        try:
            found: int = self._cursor.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise NotAtHand from error
        return found

    def close(self) -> None:
        """Close it."""
        self._connection.close()


class PlainConnection:
    """A connection as readers and what is prepared see it: of SQLAlchemy, within a transaction, and of the driver."""

    def __init__(self, connection: sqlite3.Connection, dialect: Dialect) -> None:
        self.dialect: Final = dialect
        self.cursor: Final = connection.cursor
        self.connection: Final = self

    async def run_sync(self, work: Callable[Concatenate[Connection, P], T], /, *given: P.args, **named: P.kwargs) -> T:
        """Do some work with what stands for SQLAlchemy's connection."""
        return work(cast("Connection", self), *given, **named)

    def in_transaction(self) -> bool:
        """Say yes: whoever gives this has begun one."""
        return True

    def _handle_dbapi_exception(self, error: BaseException, *_: object) -> NoReturn:
        raise error

    def __getattr__(self, name: str) -> NoReturn:
        raise NotAtHand(name)
