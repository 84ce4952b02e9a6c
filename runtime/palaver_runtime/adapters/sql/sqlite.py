"""SQLite, by aiosqlite: one file that several processes may share."""

import asyncio
import sqlite3
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from threading import Thread

import aiosqlite
from sqlalchemy import URL, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from palaver_runtime.adapters.sql.at_hand import AtHand
from palaver_runtime.adapters.sql.batches_at_hand import BatchesAtHand
from palaver_runtime.adapters.sql.errors import StoreUnavailable
from palaver_runtime.adapters.sql.sqlite_driver import LONG, Driver, begin_with

_BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process that is writing."""


class SqliteDatabase:
    """A file. Writers of this process take turns before they come to the file.

    SQLite itself makes its writers poll for the lock, without any order among them.
    """

    def __init__(self, url: URL, pool_size: int, connect_timeout: float) -> None:
        if url.database in {None, "", ":memory:"} or "mode" in url.query:
            raise StoreUnavailable(
                str(url), "connections cannot share a database in memory", "Name a file: sqlite:///palaver.db."
            )
        self._url = url
        self._threads: set[Thread] = set()
        self._turn = asyncio.Lock()
        #: What is asked in the loop's thread, once the file is there.
        self.hand: AtHand | None = None
        self._batches: BatchesAtHand | None = None
        #: A file has one writer at a time.
        self.senders = 1
        # Each kind of transaction has connections of its own, which know how theirs begin: to tell it by an event of
        # SQLAlchemy costs more than SQLite takes.
        self.readers = self._engine(url, "BEGIN DEFERRED", pool_size, connect_timeout, reads=True)
        # IMMEDIATE: a transaction that reads first and writes then could otherwise fail half-way, with no retry.
        self.writers = self._engine(url, "BEGIN IMMEDIATE", pool_size, connect_timeout, reads=False)

    def _engine(self, url: URL, begins: str, pool_size: int, connect_timeout: float, *, reads: bool) -> AsyncEngine:
        engine = create_async_engine(
            url,
            module=Driver(),
            poolclass=AsyncAdaptedQueuePool,
            hide_parameters=True,  # an error that is logged does not repeat what people wrote
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=connect_timeout,
            pool_use_lifo=True,
            # Every transaction is ended before its connection goes back, and what was interrupted does not go back.
            pool_reset_on_return=None,
            connect_args={"timeout": _BUSY_TIMEOUT},
        )

        def connected(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
            self._set_up(connection)
            begin_with(connection, begins, reads=reads)

        event.listen(engine.sync_engine, "connect", connected)
        return engine

    def is_there(self) -> bool:
        """Tell whether the file is there."""
        return Path(str(self._url.database)).is_file()

    async def prepare(self) -> None:
        """Put the file into WAL mode, which it keeps: readers and the writer no longer wait for each other.

        SQLite does not wait for a lock here when several processes do this at once, so we do.
        """
        deadline = time.monotonic() + _BUSY_TIMEOUT
        while True:
            try:
                await self._use_wal()
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.02)
        if self.hand is None:
            file = Path(str(self._url.database))
            self.hand = AtHand(file, self.readers.dialect, LONG)
            self._batches = BatchesAtHand(file, self.writers.dialect)

    async def _use_wal(self) -> None:
        connecting = aiosqlite.connect(str(self._url.database))
        try:
            async with connecting as connection:
                await connection.execute("PRAGMA journal_mode = WAL")
        finally:
            # Of a file that cannot be opened the driver does not wait for its thread, which may outlast the event loop
            # then, and complain of that.
            if connecting._thread.is_alive():
                await asyncio.to_thread(connecting._thread.join)

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Wait for the writers that came before."""
        return self._turn

    def outright(self) -> BatchesAtHand | None:
        """Send in the loop's thread, once the file is there."""
        return self._batches

    async def lock_schema(self, connection: AsyncConnection) -> None:
        """Do nothing: a writing transaction has the whole file for itself."""

    def is_passing(self, error: DBAPIError) -> bool:
        """Take a locked, full, broken or unreadable file for such an error."""
        return isinstance(error, OperationalError)

    def remedy(self, error: BaseException) -> str:
        """Say what to do when the file cannot be used."""
        if "locked" in str(error):
            return "Another process keeps the file locked: end it, or try again."
        if "not a database" in str(error):
            return "Something else wrote this file: name another one, or move it away."
        if "disk is full" in str(error):
            return "Make room on its disk."
        return "Name a file in a folder that exists and can be written to: sqlite:///palaver.db."

    async def close(self) -> None:
        """Close all connections and wait for their threads."""
        if self.hand is not None:
            self.hand.close()
            self.hand = None
        if self._batches is not None:
            await asyncio.to_thread(self._batches.close)
            self._batches = None
        await self.readers.dispose()
        await self.writers.dispose()
        threads, self._threads = self._threads, set()
        for thread in threads:
            await asyncio.to_thread(thread.join)

    def _set_up(self, connection: DBAPIConnection) -> None:
        """Set up a connection; the driver's own handling of transactions is off, so that ours is exact."""
        driver = connection.driver_connection
        assert isinstance(driver, aiosqlite.Connection)
        self._threads = {each for each in self._threads if each.is_alive()} | {driver._thread}
        connection.isolation_level = None
        cursor = connection.cursor()
        # FULL: a commit is on the disk before it is acknowledged.
        for setting in ("synchronous = FULL", "foreign_keys = ON"):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()
