"""Batches of messages that SQLite takes in the loop's own thread; only their commits, which wait for the disk, do not.

To take a connection from a pool, to begin by SQLAlchemy, to commit and to give the connection back takes many times as
long as SQLite takes for what is in between. This connection is kept, and does no more than what is prepared. Where it
cannot, nothing has happened: then a batch is sent as everything is written, with the errors that this has.

What messages are judged by is read once. SQLite tells whether anybody else has written since, in this process or in
another one: as long as nobody has, all is as the last batch has left it.
"""

import asyncio
import sqlite3
from collections.abc import Collection, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

from sqlalchemy import Dialect

from palaver_runtime.adapters.sql.at_hand import NotAtHand
from palaver_runtime.adapters.sql.checkpoints import Checkpoints
from palaver_runtime.adapters.sql.commits import Commits
from palaver_runtime.adapters.sql.messages import read_message
from palaver_runtime.adapters.sql.one_by_one import Statements
from palaver_runtime.adapters.sql.recollection import Recollection
from palaver_runtime.adapters.sql.sent_rows import Reading, moved, stored
from palaver_runtime.domain.values import Message
from palaver_runtime.ports import Advance, Asked, Ground

_MOST: Final = 100_000
"""Characters of content in a batch: to write more would keep the loop from everything else for too long."""

_LONGEST: Final = 4_000
"""Pages of the log at which a commit takes a checkpoint itself: where so much is sent that none beside it comes to an
end before there is more to move."""

_PAUSES: Final[Sequence[float]] = (0.0005, 0.001, 0.002, 0.004, 0.008)
"""Seconds to wait in turn for another process that writes: a batch takes it a few milliseconds."""


class BatchesAtHand:
    """A block in which a batch can be sent; one at a time, by whoever has the turn to write.

    Raises NotAtHand, with nothing done, where it has to be sent in the usual way, from the beginning.
    """

    __slots__ = ("_batch", "_checkpoints", "_commits", "_connection", "_recollection", "_statements", "_version")

    def __init__(self, file: Path, dialect: Dialect) -> None:
        """Open a file that is there."""
        self._connection: Final = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=0, check_same_thread=False
        )
        self._connection.isolation_level = None
        for setting in ("synchronous = FULL", "foreign_keys = ON", f"wal_autocheckpoint = {_LONGEST}"):
            self._connection.execute(f"PRAGMA {setting}")
        self._statements: Final = Statements(dialect)
        self._commits: Final = Commits(self._commit, "commits of SQLite")
        self._checkpoints: Final = Checkpoints(file)
        self._recollection: Final = Recollection()
        # Of the database, as SQLite counts what other connections have committed.
        self._version = -1
        self._batch: BatchAtHand | None = None

    async def __aenter__(self) -> "BatchAtHand":
        # A commit that somebody gave up waiting for may still be under way.
        if self._commits.busy:
            raise NotAtHand("the last commit is under way")
        pauses = iter(_PAUSES)
        while (version := self._begun()) is None:
            pause = next(pauses, None)
            if pause is None:
                raise NotAtHand("another process keeps the file locked")
            await asyncio.sleep(pause)
        if version != self._version:
            self._version = version
            self._recollection.clear()
        batch = self._batch = BatchAtHand(self._connection, self._statements, self._recollection)
        return batch

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        batch, self._batch = self._batch, None
        if error is None:
            await self._commits.begin()
            self._checkpoints.committed()
            if batch is not None:
                batch.arrive()
            return
        self._connection.rollback()
        if isinstance(error, sqlite3.Error):
            raise NotAtHand from error

    def close(self) -> None:
        """Wait for the last commit, and close all connections."""
        self._commits.close()
        self._checkpoints.close()
        self._connection.close()

    def _begun(self) -> int | None:
        """Begin a transaction; give the version of the database, or None, with nothing begun, while others write."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                return None
            raise NotAtHand from error
        return version

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            # On a full disk the transaction may be over, or not.
            self._connection.rollback()
            raise NotAtHand from error


class BatchAtHand:
    """A batch of little content, in a transaction that has begun."""

    __slots__ = ("_advances", "_connection", "_recalled", "_recollection", "_statements")

    def __init__(self, connection: sqlite3.Connection, statements: Statements, recollection: Recollection) -> None:
        self._connection: Final = connection
        self._statements: Final = statements
        self._recollection: Final = recollection
        self._recalled = recollection.of(())
        self._advances: Collection[Advance] = ()

    async def ground(self, asked: Sequence[Asked]) -> Ground:
        """Give what several messages have to do with: what is known from the batches before, and read the rest."""
        ask, statement, reading = self._connection.execute, self._statements.ground, Reading()
        sql, parameters = statement.sql, statement.parameters
        recalled = self._recalled = self._recollection.of(asked)
        for each in recalled.unread:
            found = ask(sql, parameters(each)).fetchone()
            if found is not None:
                reading.take(each.conversation_id, each.sender_id, each.client_id, found)
        wanted = reading.wanted(asked)
        return recalled.completed(reading.ground(self._messages(wanted) if wanted else {}))

    async def add_messages(self, advances: Collection[Advance], new: Sequence[Message]) -> None:
        """Add messages, and set the counters of their conversations.

        Raises IntegrityError where not all was read, if one of the messages was sent before.
        """
        length = 0
        for each in new:
            length += len(each.content)
        if length > _MOST:
            raise NotAtHand("so much would keep the loop for too long")
        recalled = self._recalled
        recalled.leave(advances)
        try:
            for statement, rows in (
                (self._statements.advance, moved(advances, recalled.revisions)),
                (self._statements.add, [stored(each) for each in new]),
            ):
                self._connection.executemany(statement.sql, map(statement.parameters, rows))
        except sqlite3.IntegrityError:
            if recalled.trusting:
                recalled.doubt()
            raise
        self._advances = advances

    def arrive(self) -> None:
        """Take note that what was added has been committed."""
        self._recalled.arrive(self._advances)

    def _messages(self, message_ids: Collection[str]) -> dict[str, Message]:
        """Give those of some messages that are there, deleted ones included."""
        text, found = self._statements.message, {}
        for each in message_ids:
            rows = self._connection.execute(text.sql, text.values({"message": each})).fetchall()
            for row in text.rows(rows):
                found[each] = read_message(row)
        return found
