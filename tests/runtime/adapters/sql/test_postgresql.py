"""PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from doubles.chat import Chat, caller
from servers.postgres import Postgres, private_server
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from palaver_runtime.adapters.sql import SqlStore, StoreUnavailable, migrate
from palaver_runtime.adapters.sql.postgresql import PostgresqlDatabase
from palaver_runtime.domain.values import Position, User


async def test_readers_cannot_write_and_see_one_moment(postgres_url: str) -> None:
    """Readers are REPEATABLE READ READ ONLY, writers READ COMMITTED, on the same connections in turn."""
    store = SqlStore(postgres_url, pool_size=1)
    await store.start()
    levels = text("SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')")
    found = []
    for begin in (store.reading, store.writing, store.reading):
        async with begin() as tx:
            found.append(tuple((await tx._connection.execute(levels)).one()))
    await store.close()
    assert found == [("repeatable read", "on"), ("read committed", "off"), ("repeatable read", "on")]


async def test_deadlock_is_a_passing_trouble(postgres_url: str) -> None:
    """Of two that wait for each other one is told so by StoreUnavailable, and the other succeeds."""
    store = SqlStore(postgres_url)
    await store.start()
    both = asyncio.Barrier(2)
    lock = text("SELECT pg_advisory_xact_lock(:key)")

    async def take(first: int, second: int) -> None:
        async with store.writing() as tx:
            await tx._connection.execute(lock, {"key": first})
            await both.wait()
            await tx._connection.execute(lock, {"key": second})

    outcomes = await asyncio.gather(take(1, 2), take(2, 1), return_exceptions=True)
    await store.close()
    assert sorted(type(each).__name__ for each in outcomes) == ["NoneType", "StoreUnavailable"]
    assert "deadlock detected" in str(next(each for each in outcomes if each))


async def test_wrong_statement_is_no_passing_trouble(postgres_url: str) -> None:
    """A defect of ours is not said to be the database's."""
    store = SqlStore(postgres_url)
    await store.start()
    with pytest.raises(DBAPIError):
        async with store.reading() as tx:
            await tx._connection.execute(text("SELECT nonsense"))
    await store.close()


async def test_migration_waits_for_another(postgres_url: str) -> None:
    """Who migrates waits until nobody else does."""
    store = SqlStore(postgres_url)
    await store.start()
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    async with asyncio.TaskGroup() as tasks, store.writing() as tx, asyncio.timeout(30):
        await tx._connection.execute(text(f"SELECT pg_advisory_xact_lock({0x70616C61766572})"))
        migration = tasks.create_task(migrate(postgres_url))
        while (await tx._connection.execute(waiting)).scalar_one() == 0:
            assert not migration.done()
            await asyncio.sleep(0.01)
    assert migration.done()
    await store.close()


async def test_missing_database_is_named(postgres_url: str) -> None:
    """A database that the server does not have is said to be missing."""
    url = make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(StoreUnavailable, match='database "nowhere" does not exist'):
        await migrate(url)


def test_sslmode_is_understood() -> None:
    """The parameter that hosting providers put into URLs reaches the driver under its own name."""
    url = make_url("postgresql+asyncpg://host/chat?sslmode=require")
    query = PostgresqlDatabase(url, pool_size=1, connect_timeout=1).writers.url.query
    assert query == {"ssl": "require"}


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server for the tests of this file alone. It keeps what it acknowledged, whatever happens to it."""
    with private_server(durable=True) as server:
        yield server


PATIENCE = 30.0
"""What a store waits for a server that is merely slow, as all are on a busy machine."""
IMPATIENCE = 1.0
"""What it waits for one that stands still."""


@pytest.fixture
async def outage_chat(server: Postgres, request: pytest.FixtureRequest) -> AsyncIterator[Chat]:
    """The services on a store that waits for that server as long as the test says, or patiently."""
    patience = getattr(request, "param", PATIENCE)
    url = server.url.render_as_string(hide_password=False)
    store = SqlStore(url, connect_timeout=patience, transaction_timeout=patience)
    await store.start()
    chat = Chat(store)
    async with store.writing() as tx:
        for user_id in ("ann", "bob"):
            await tx.add_user(User(id=user_id, created_at=chat.clock.now()))
    yield chat
    async with asyncio.timeout(30):
        await chat.close()
        await store.close()


async def attempts(chat: Chat, conversation_id: str) -> list[object]:
    """Let thirty senders and five readers try at the same time; give how it went for each, in bounded time."""
    ann = caller("ann")
    async with asyncio.timeout(60):
        return await asyncio.gather(
            *(chat.say("ann", conversation_id, str(number)) for number in range(30)),
            *(chat.messages.history(ann, conversation_id, before=None, after=None, limit=1) for _ in range(5)),
            chat.conversations.update(ann, conversation_id, "name", None),
            return_exceptions=True,
        )


@pytest.mark.parametrize(
    ("end", "begin", "outage_chat"),
    [
        (Postgres.stop, Postgres.start, PATIENCE),
        (Postgres.kill, Postgres.start, PATIENCE),
        (Postgres.freeze, Postgres.thaw, IMPATIENCE),
    ],
    ids=["stopped", "killed", "frozen"],
    indirect=["outage_chat"],
)
async def test_outage_is_told_at_once_and_passes(
    server: Postgres, outage_chat: Chat, end: Callable[[Postgres], None], begin: Callable[[Postgres], None]
) -> None:
    """While the server is away everything is refused in bounded time, twice; when it is back everything works.

    What was acknowledged before is there, and the numbers go on without a gap.
    """
    chat = outage_chat
    conversation_id = await chat.group("ann", "bob")
    sent = [await chat.say("ann", conversation_id) for _ in range(3)]
    end(server)
    try:
        for _ in range(2):
            assert {type(each) for each in await attempts(chat, conversation_id)} == {StoreUnavailable}
    finally:
        begin(server)
    async with asyncio.timeout(60):
        # Connections that were frozen answer late; they are given up one after the other.
        while refused := {type(each) for each in await attempts(chat, conversation_id) if isinstance(each, Exception)}:
            assert refused == {StoreUnavailable}
    sent.append(await chat.say("ann", conversation_id))
    async with chat.store.reading() as tx:
        stored = await tx.history(conversation_id, after=0, limit=100)
    assert [each.sequence for each in stored] == list(range(1, len(stored) + 1))
    assert {each.id for each in sent} <= {each.id for each in stored}
    assert len(stored) >= 34


@pytest.mark.parametrize("end", [Postgres.stop, Postgres.kill], ids=["stopped", "killed"])
async def test_server_that_goes_during_a_transaction(
    server: Postgres, outage_chat: Chat, end: Callable[[Postgres], None]
) -> None:
    """A transaction that is open when the server goes raises StoreUnavailable at its next statement."""
    conversation_id = await outage_chat.group("ann")

    async def interrupted() -> None:
        async with outage_chat.store.writing() as tx:
            await tx.lock(conversation_id)
            await asyncio.to_thread(end, server)
            await tx.advance(conversation_id)

    try:
        async with asyncio.timeout(30):
            with pytest.raises(StoreUnavailable):
                await interrupted()
    finally:
        server.start()
    async with outage_chat.store.reading() as tx:
        assert await tx.position(conversation_id) == Position(revision=1, sequence=0)


@pytest.mark.parametrize("outage_chat", [IMPATIENCE], indirect=True)
async def test_server_that_freezes_during_a_transaction(server: Postgres, outage_chat: Chat) -> None:
    """A transaction whose statement is not answered raises StoreUnavailable in time and changes nothing."""
    conversation_id = await outage_chat.group("ann")

    async def interrupted() -> None:
        async with outage_chat.store.writing() as tx:
            await tx.advance(conversation_id)
            server.freeze()
            await tx.advance(conversation_id)

    try:
        async with asyncio.timeout(30):
            with pytest.raises(StoreUnavailable, match=r"no answer within 1\.0 s"):
                await interrupted()
    finally:
        server.thaw()
    async with outage_chat.store.writing() as tx:
        assert await tx.advance(conversation_id) == 2


async def test_long_migration_is_not_cut_off(postgres_url: str) -> None:
    """The limit is for transactions that serve; bringing the tables up to date takes as long as it takes."""
    store = SqlStore(postgres_url, transaction_timeout=0.001)
    await store.start()
    with pytest.raises(StoreUnavailable):
        async with store.reading() as tx:
            await tx._connection.execute(text("SELECT pg_sleep(5)"))
    await store.close()


async def test_connections_that_a_restart_closed_are_replaced_unseen(server: Postgres, outage_chat: Chat) -> None:
    """After a restart while nobody asked for anything, everything works at once, on every connection of the pool."""
    conversation_id = await outage_chat.group("ann", "bob")
    await attempts(outage_chat, conversation_id)
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)
    assert not [each for each in await attempts(outage_chat, conversation_id) if isinstance(each, BaseException)]
