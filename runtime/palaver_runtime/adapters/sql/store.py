"""The store: transactions on a database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.util import greenlet_spawn

from palaver_runtime.adapters.sql import schema
from palaver_runtime.adapters.sql.accounts import AccountReader, AccountWriter
from palaver_runtime.adapters.sql.administration import AdministrationReader, AdministrationWriter
from palaver_runtime.adapters.sql.archive import ArchiveReader, ArchiveWriter
from palaver_runtime.adapters.sql.at_hand import NotAtHand
from palaver_runtime.adapters.sql.at_once import at_once
from palaver_runtime.adapters.sql.batches import BatchWriter, Outdated, Overtaken
from palaver_runtime.adapters.sql.changes import ChangeReader, ChangeWriter
from palaver_runtime.adapters.sql.conversations import ConversationWriter
from palaver_runtime.adapters.sql.database import database, shown
from palaver_runtime.adapters.sql.errors import StoreUnavailable, why
from palaver_runtime.adapters.sql.listings import ListingReader
from palaver_runtime.adapters.sql.messages import MessageWriter
from palaver_runtime.adapters.sql.receipts import ReceiptWriter
from palaver_runtime.adapters.sql.user_rows import known, read_known
from palaver_runtime.fairness import place
from palaver_runtime.ports import Known, Reader, Sending, T, Writer
from palaver_runtime.trouble import Trouble

POOL_SIZE = 10
"""Connections that may be open at once; whoever wants more waits."""

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a connection."""

TRANSACTION_TIMEOUT = 10.0
"""Seconds that a transaction may take, the waits for its turn and its connection included."""


class SqlReader(AdministrationReader, ArchiveReader, AccountReader, ListingReader, ChangeReader):
    """A transaction that reads, all of it from one moment."""


class SqlWriter(
    AdministrationWriter,
    ArchiveWriter,
    AccountWriter,
    ConversationWriter,
    MessageWriter,
    BatchWriter,
    ReceiptWriter,
    ChangeWriter,
    SqlReader,
):
    """A transaction that writes."""


class SqlStore:
    """The durable memory of a server, in the SQLite file or PostgreSQL database that a URL names.

    Nothing is opened before `start`. Raises StoreUnavailable, there and in every transaction, when the database
    cannot do what it should, or does not within a time. When it can again, so can the store. Who is refused learns
    nothing of the reasons: `trouble` hears of them, and of all that is well.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = POOL_SIZE,
        connect_timeout: float = CONNECT_TIMEOUT,
        transaction_timeout: float = TRANSACTION_TIMEOUT,
        trouble: Trouble | None = None,
    ) -> None:
        self._timeout = transaction_timeout
        self._trouble = trouble
        self._database = database(url, pool_size=pool_size, connect_timeout=connect_timeout)
        self._url = shown(make_url(url))
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def senders(self) -> int:
        """How many may be in `send` at the same time to any avail."""
        return self._database.senders

    async def start(self) -> None:
        """Reach the database and bring its tables up to date."""
        try:
            await self._database.prepare()
            await schema.upgrade(self._database)
        except schema.SchemaUnknown as error:
            raise self._too_new() from error
        # A database that is out of reach shows in many ways: errors of the driver, of the system, of the pool.
        except Exception as error:
            raise self._unavailable(error) from error

    async def open(self) -> None:
        """Reach the database, and leave it as it is: it is there, and its tables are those of this version."""
        if not self._database.is_there():
            raise StoreUnavailable(
                self._url, "there is no such file", "Name the server's database, or make one with `palaver migrate`."
            )
        try:
            await schema.require_newest(self._database)
        except schema.SchemaUnknown as error:
            raise self._too_new() from error
        except schema.SchemaOutdated as error:
            raise StoreUnavailable(
                self._url, f"it has {error}", "Bring it up to date with `palaver migrate`, or by starting the server."
            ) from error
        except Exception as error:
            raise self._unavailable(error) from error

    async def revert(self, revision: str) -> None:
        """Undo the migrations after a revision; what only they have room for is lost."""
        try:
            await schema.downgrade(self._database, revision)
        except schema.SchemaUnknown as error:
            raise self._too_new() from error
        except Exception as error:
            raise self._unavailable(error) from error

    async def close(self) -> None:
        """Wait for the transactions that are open, then close all connections."""
        await self._idle.wait()
        await self._database.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlReader]:
        """Open a transaction that changes nothing."""
        async with self._transaction(self._database.readers, nullcontext()) as connection:
            yield SqlReader(connection)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[SqlWriter]:
        """Open a transaction that is committed at the end of the block, and rolled back when it raises."""
        async with self._transaction(self._database.writers, self._database.turn()) as connection:
            yield SqlWriter(connection)

    async def read(self, work: Callable[[Reader], Coroutine[Any, Any, T]]) -> T:
        """Do some work as in the block of `reading`, where it waits for nothing but the transaction; it costs less."""
        connect = partial(self._connected, self._database.readers)
        with self._guarded() as limit:
            async with place(), limit:
                return await at_once(connect, lambda connection: work(SqlReader(connection)), commits=False)

    async def ask(self, work: Callable[[Reader], Coroutine[Any, Any, T]]) -> T:
        """Do some work as `read` does; where it needs nothing but what is prepared, and that is at hand, at once."""
        hand = self._database.hand
        if hand is not None:
            try:
                return hand.ask(lambda connection: work(SqlReader(connection)))
            except NotAtHand:
                pass
        return await self.read(work)

    async def known(self, user_id: str, session_id: str | None = None) -> Known:
        """Give what a reader gives by this name, in a transaction of its own."""
        hand = self._database.hand
        if hand is not None:
            try:
                return read_known(hand.row(known(hand.dialect.name), {"user": user_id, "session": session_id}))
            except NotAtHand:
                pass
        return await self.read(lambda tx: tx.known(user_id, session_id))

    async def version(self) -> int | None:
        """Give a number that is another one once anything was committed; None where that is not at hand."""
        hand = self._database.hand
        try:
            return None if hand is None else hand.version()
        except NotAtHand:
            return None

    async def write(self, work: Callable[[Writer], Coroutine[Any, Any, T]]) -> T:
        """Do some work as in the block of `writing`, where it waits for nothing but the transaction; it costs less."""
        connect = partial(self._connected, self._database.writers)
        with self._guarded() as limit:
            async with place(), limit, self._database.turn():
                return await at_once(connect, lambda connection: work(SqlWriter(connection)), commits=True)

    async def send(self, work: Callable[[Sending], Coroutine[Any, Any, T]]) -> T:
        """Do some work outright; where that cannot be, or others were faster, as `write` does."""
        with self._guarded() as limit:
            async with place(), limit, self._database.turn():
                while (outright := self._database.outright()) is not None:
                    try:
                        async with outright as batch:
                            return await work(batch)
                    except Outdated:
                        continue
                    except (Overtaken, NotAtHand):
                        break
                connect = partial(self._connected, self._database.writers)
                return await at_once(connect, lambda connection: work(SqlWriter(connection)), commits=True)

    @asynccontextmanager
    async def _transaction(
        self, engine: AsyncEngine, turn: AbstractAsyncContextManager[object]
    ) -> AsyncIterator[AsyncConnection]:
        with self._guarded() as limit:
            async with place(), limit, turn:
                connection = AsyncConnection(engine, await greenlet_spawn(self._connected, engine))
                # It begins with its first statement, and is rolled back when its connection is closed before a commit.
                try:
                    yield connection
                    if engine is self._database.writers:
                        await connection.commit()
                    await connection.close()
                except BaseException:
                    # What was interrupted, by the limit or by anybody, is given up by the engine.
                    await asyncio.shield(connection.close())
                    raise

    def begin(self) -> None:
        """Take note that a transaction is open."""
        self._open += 1
        self._idle.clear()

    def end(self, problem: BaseException | None) -> None:
        """Take note that it no longer is, and whether it could do what it should."""
        self._open -= 1
        if not self._open:
            self._idle.set()
        if self._trouble is not None:
            if problem is None:
                self._trouble.worked()
            elif isinstance(problem, StoreUnavailable):
                self._trouble.failed(problem)

    def named(self, error: BaseException, *, late: bool) -> StoreUnavailable | None:
        """Give an error of a transaction the name that the ports have for it, if they have one."""
        if isinstance(error, DBAPIError):
            return self._unavailable(error) if self._database.is_passing(error) else None
        if isinstance(error, OSError):
            # The driver lets some errors of the system through as they are; TimeoutError is one of them, too.
            return self._unavailable(TimeoutError(f"no answer within {self._timeout} s") if late else error)
        return None

    def _guarded(self) -> "_Guarded":
        return _Guarded(self, asyncio.timeout(self._timeout))

    def _connected(self, engine: AsyncEngine) -> Connection:
        try:
            return engine.sync_engine.connect()
        except Exception as error:
            raise self._unavailable(error) from error

    def _too_new(self) -> StoreUnavailable:
        return StoreUnavailable(
            self._url,
            "a later version of this program made its tables",
            "Use that version, or go back with its `palaver migrate --to`, or use another database.",
        )

    def _unavailable(self, error: Exception) -> StoreUnavailable:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        return StoreUnavailable(self._url, why(cause), self._database.remedy(cause))


class _Guarded:
    """The block of a transaction, within which its limit is entered: its errors get their names."""

    __slots__ = ("_limit", "_store")

    def __init__(self, store: SqlStore, limit: asyncio.Timeout) -> None:
        self._store = store
        self._limit = limit

    def __enter__(self) -> asyncio.Timeout:
        self._store.begin()
        return self._limit

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        named = None if error is None else self._store.named(error, late=self._limit.expired())
        self._store.end(named or error)
        if named is not None:
            raise named from error


async def migrate(url: str) -> None:
    """Bring the tables of a database up to date; safe to repeat, and while servers start."""
    store = SqlStore(url)
    try:
        await store.start()
    finally:
        await store.close()


async def revert(url: str, revision: str) -> None:
    """Undo the migrations after a revision, for a version before this one; safe to repeat."""
    store = SqlStore(url)
    try:
        await store.revert(revision)
    finally:
        await store.close()
