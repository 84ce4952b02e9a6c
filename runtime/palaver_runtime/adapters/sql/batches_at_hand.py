"""Batches of messages that SQLite takes in the loop's own thread; only their commits, which wait for the disk, do not.

To take a connection from a pool, to begin by SQLAlchemy, to commit and to give the connection back takes many times as
long as SQLite takes for what is in between. This connection is kept, and does no more than what is prepared. Where it
cannot, nothing has happened: then a batch is sent as everything is written, with the errors that this has.
"""

import asyncio
import sqlite3
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, cast

from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from palaver_runtime.adapters.sql.at_hand import NotAtHand, PlainConnection
from palaver_runtime.adapters.sql.batches import Batch
from palaver_runtime.domain.values import Message
from palaver_runtime.ports import Advance

_MOST: Final = 100_000
"""Characters of content in a batch: to write more would keep the loop from everything else for too long."""


class BatchesAtHand:
    """A block in which a batch can be sent; one at a time, by whoever has the turn to write.

    Raises NotAtHand, with nothing done, where it has to be sent in the usual way, from the beginning.
    """

    def __init__(self, file: Path, dialect: Dialect) -> None:
        """Open a file that is there."""
        self._connection: Final = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=0, check_same_thread=False
        )
        self._connection.isolation_level = None
        for setting in ("synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {setting}")
        self._batch: Final = cast("AsyncConnection", PlainConnection(self._connection, dialect))
        self._thread: Final = ThreadPoolExecutor(1, "commits of SQLite")
        self._committing: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Batch:
        # A commit that somebody gave up waiting for may still be under way.
        if self._committing is not None and not self._committing.done():
            raise NotAtHand("the last commit is under way")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise NotAtHand from error
        return _Batch(self._batch)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            commit = asyncio.get_running_loop().run_in_executor(self._thread, self._commit)
            self._committing = commit
            await asyncio.shield(commit)
            return
        self._connection.rollback()
        if isinstance(error, sqlite3.Error):
            raise NotAtHand from error

    def close(self) -> None:
        """Wait for the last commit, and close the connection."""
        self._thread.shutdown()
        self._connection.close()

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            # On a full disk the transaction may be over, or not.
            self._connection.rollback()
            raise NotAtHand from error


class _Batch(Batch):
    """A batch of little content."""

    async def add_messages(self, advances: Collection[Advance], new: Sequence[Message]) -> None:
        if sum(len(each.content) for each in new) > _MOST:
            raise NotAtHand("so much would keep the loop for too long")
        await super().add_messages(advances, new)
