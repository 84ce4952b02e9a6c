"""Messages that are sent without a lock, on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import Self

import asyncpg
import pytest
from doubles.chat import Chat, caller
from sqlalchemy import Integer, Text, column, func, make_url, select, table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from palaver_runtime.adapters.sql import SqlStore, StoreUnavailable
from palaver_runtime.adapters.sql import store as stores
from palaver_runtime.adapters.sql.batches import Overtaken, statements
from palaver_runtime.adapters.sql.outright import Unlocked
from palaver_runtime.adapters.sql.prepared import Prepared
from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.errors import ChatError, Forbidden
from palaver_runtime.domain.values import Message, Position
from palaver_runtime.ports import Advance, Asked, Ground, Sending
from palaver_runtime.services.drafts import Draft, Sent, send


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[SqlStore]:
    """A store with one connection, and one for whoever comes in between."""
    store = SqlStore(postgres_url, pool_size=2)
    await store.start()
    yield store
    await store.close()


class Second(Chat):
    """Another instance on the same database."""

    def __init__(self, postgres_url: str) -> None:
        super().__init__(SqlStore(postgres_url))

    async def __aenter__(self) -> Self:
        await self.store.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
        await self.store.close()


class Disturbed:
    """A way to send in which something else happens after all has been read, the first time."""

    def __init__(self, deed: Callable[[], Awaitable[object]]) -> None:
        self._deed = deed
        self.kinds: list[type[Sending]] = []

    def through(self, tx: Sending) -> Sending:
        """Go this way."""
        self.kinds.append(type(tx))
        return _Way(tx, self._deed if len(self.kinds) == 1 else None)


class _Way:
    def __init__(self, tx: Sending, deed: Callable[[], Awaitable[object]] | None) -> None:
        self._tx = tx
        self._deed = deed

    async def ground(self, asked: Sequence[Asked]) -> Ground:
        found = await self._tx.ground(asked)
        if self._deed is not None:
            await self._deed()
        return found

    async def add_messages(self, advances: Collection[Advance], new: Sequence[Message]) -> None:
        await self._tx.add_messages(advances, new)


def draft(chat: Chat, sender: str, conversation_id: str, client_id: str | None = None) -> Draft:
    """Give a draft."""
    command = SendMessage(conversation_id=conversation_id, content="x", client_id=client_id)
    return Draft(sender, command, chat.clock.now())


async def sequences(chat: Chat, conversation_id: str) -> list[tuple[str, int]]:
    """Give who sent the messages that are there, with their numbers."""
    async with chat.store.reading() as tx:
        return [(each.sender_id, each.sequence) for each in await tx.history(conversation_id, after=0, limit=1000)]


async def sent(chat: Chat, way: Disturbed, *drafts: Draft) -> list[Sent | ChatError]:
    """Send drafts by a way."""
    return await chat.store.send(lambda tx: send(way.through(tx), drafts))


async def lock_wanted(chat: Chat) -> None:
    """Wait until somebody waits for a lock in the database."""
    await _seen(chat, "wait_event_type = 'Lock'", there=True)


async def all_over(chat: Chat) -> None:
    """Wait until the database is at nothing any more."""
    await _seen(chat, "state = 'active' AND pid <> pg_backend_pid()", there=False)


async def _seen(chat: Chat, condition: str, *, there: bool) -> None:
    url = make_url(chat.store._url).set(drivername="postgresql").render_as_string(hide_password=False)
    query = f"SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND {condition}"
    connection = await asyncpg.connect(url)
    async with asyncio.timeout(30):
        while await connection.fetchval(query) is not there:  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(0.01)
    await connection.close()


@pytest.fixture
def asks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the database by batches, by its names among the statements; the usual way is closed."""
    asked: list[str] = []
    found = Unlocked.found

    async def noted(self: Unlocked, prepared: Prepared, parameters: Mapping[str, object]) -> object:
        known = vars(statements(self._dialect))
        asked.append(next(name for name, each in known.items() if each is prepared))
        return await found(self, prepared, parameters)

    monkeypatch.setattr(Unlocked, "found", noted)
    monkeypatch.setattr(stores, "at_once", None)
    return asked


async def test_messages_are_sent_without_a_lock(chat: Chat, asks: list[str]) -> None:
    """Nothing else is asked of the database than two statements, while nobody comes in between; then one."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    first = await chat.say("ann", conversation_id, client_id="one")
    assert asks == ["ground", "add"]
    assert await chat.say("ann", conversation_id, client_id="one") == first
    assert (await chat.say("ann", conversation_id, reply_to=first.id)).reply_to == first.id
    asks.clear()
    assert (await chat.say("ann", conversation_id, client_id="two")).sequence == 3
    assert (await chat.say("ann", conversation_id, reply_to=first.id)).reply_to == first.id
    assert asks == ["add_unsent", "messages", "add_unsent"]
    assert await sequences(chat, conversation_id) == [("ann", each) for each in (1, 2, 3, 4)]


async def known(chat: Chat, *conversation_ids: str, sender: str = "ann") -> None:
    """Send to conversations until nothing more is read of them."""
    for _ in range(2):
        await sent(chat, Disturbed(no_deed), *(draft(chat, sender, each) for each in conversation_ids))


async def no_deed() -> None:
    """Do nothing."""


async def test_repetition_is_found_where_nothing_is_read(chat: Chat, asks: list[str]) -> None:
    """By the statement that would add it, which does nothing; the others of its batch are sent with what is read."""
    await chat.people("ann")
    one, two = await chat.group("ann"), await chat.group("ann")
    first = await chat.say("ann", one, client_id="one")
    await known(chat, one, two)
    asks.clear()
    drafts = [draft(chat, "ann", two), draft(chat, "ann", one, "one"), draft(chat, "ann", one, "two")]
    outcomes = [each for each in await sent(chat, Disturbed(no_deed), *drafts) if isinstance(each, Sent)]
    assert [(each.new, each.message.sequence) for each in outcomes] == [(True, 3), (False, 1), (True, 4)]
    assert outcomes[1].message == first
    assert asks == ["add_unsent", "ground", "messages", "add"]
    await sent(chat, Disturbed(no_deed), draft(chat, "ann", one), draft(chat, "ann", two))
    assert asks[4:] == ["add_unsent"]


async def test_who_was_known_and_is_removed_is_refused(chat: Chat, asks: list[str], postgres_url: str) -> None:
    """Whoever has done that; of what was done before it was found out nothing is kept."""
    await chat.people("ann", "bob")
    other, conversation_id = await chat.group("ann"), await chat.group("ann", "bob")
    await known(chat, conversation_id, sender="bob")
    await known(chat, other)
    async with Second(postgres_url) as second:
        await second.conversations.remove(caller("ann"), conversation_id, "bob")
    asks.clear()
    drafts = [draft(chat, "ann", other), draft(chat, "bob", conversation_id)]
    outcomes = await sent(chat, Disturbed(no_deed), *drafts)
    assert [type(each) for each in outcomes] == [Sent, Forbidden]
    assert asks == ["add_unsent", "ground", "add"]
    assert await sequences(chat, other) == [("ann", each) for each in (1, 2, 3)]
    assert await sequences(chat, conversation_id) == [("bob", 1), ("bob", 2)]


async def test_where_others_send_all_is_read(chat: Chat, asks: list[str], postgres_url: str) -> None:
    """What is known there would not hold for long: only once it is found not to, and then it is not tried."""
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    await known(chat, conversation_id)
    found = []
    async with Second(postgres_url) as second:
        for _ in range(3):
            await second.say("bob", conversation_id)
            asks.clear()
            await chat.say("ann", conversation_id)
            found.append(list(asks))
    assert found == [["add_unsent", "ground", "add"], ["ground", "add"], ["ground", "add"]]
    assert [each for _, each in await sequences(chat, conversation_id)] == list(range(1, 9))


async def test_nothing_is_known_of_what_was_interrupted(chat: Chat, asks: list[str]) -> None:
    """Nobody can tell how that has ended."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    await known(chat, conversation_id)
    asks.clear()
    async with chat.store.writing() as tx:
        await tx.lock(conversation_id)
        sending = asyncio.create_task(chat.store.send(lambda tx: send(tx, [draft(chat, "ann", conversation_id)])))
        await lock_wanted(chat)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    # The server may have been at it still.
    await all_over(chat)
    assert (await chat.say("ann", conversation_id)).sequence in {3, 4}
    assert asks == ["add_unsent", "ground", "add"]


async def test_batch_under_the_lock_is_of_what_it_has_read(chat: Chat) -> None:
    """It is refused, too, where it would go back behind what is there."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    async with chat.store.writing() as tx:
        await tx.ground([Asked(conversation_id, "ann", None, None)])
        await tx.advance(conversation_id)
        with pytest.raises(Overtaken):
            await tx.add_messages([Advance(conversation_id, Position(revision=2, sequence=1), chat.clock.now())], [])


async def test_who_is_removed_meanwhile_is_refused(chat: Chat) -> None:
    """Who was there when it was read, and is not when it would be stored; all is as if that had been first."""
    await chat.people("ann", "bob")
    other, conversation_id = await chat.group("ann"), await chat.group("ann", "bob")
    way = Disturbed(lambda: chat.conversations.remove(caller("ann"), conversation_id, "bob"))
    drafts = [draft(chat, who, where) for who, where in (("ann", other), ("bob", conversation_id))]
    outcomes = await sent(chat, way, *drafts, draft(chat, "ann", conversation_id))
    assert [type(each) for each in outcomes] == [Sent, Forbidden, Sent]
    assert [each.__name__ for each in way.kinds] == ["Unlocked", "SqlWriter"]
    # Of what was done first nothing is kept, in the other conversation neither.
    assert await sequences(chat, other) == [("ann", 1)]
    assert await sequences(chat, conversation_id) == [("ann", 1)]


async def test_what_is_sent_meanwhile_is_not_sent_again(chat: Chat) -> None:
    """Another instance had the same message first: here it is the one that was sent before."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    way = Disturbed(lambda: chat.say("ann", conversation_id, client_id="one"))
    drafts = [draft(chat, "ann", conversation_id, client_id) for client_id in ("one", "two")]
    outcomes = [each for each in await sent(chat, way, *drafts) if isinstance(each, Sent)]
    assert [(each.new, each.message.sequence) for each in outcomes] == [(False, 1), (True, 2)]


async def test_who_has_locked_a_conversation_is_waited_for(chat: Chat) -> None:
    """What the holder of the lock then commits is seen: it looks at the row as that one has left it."""
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    async with chat.store.writing() as tx:
        await tx.lock(conversation_id)
        sending = asyncio.create_task(chat.store.send(lambda tx: send(tx, [draft(chat, "bob", conversation_id)])))
        await lock_wanted(chat)
        await tx.remove_participant(conversation_id, "bob")
        await tx.advance(conversation_id)
    (outcome,) = await sending
    assert isinstance(outcome, Forbidden)
    assert await sequences(chat, conversation_id) == []


async def test_two_instances_count_together(chat: Chat, postgres_url: str) -> None:
    """However they come in each other's way: all messages are there, each with a number of its own, without a gap."""
    await chat.people("ann", "bob")
    places = [await chat.group("ann", "bob") for _ in range(3)]
    second = SqlStore(postgres_url)
    await second.start()

    async def flood(store: SqlStore, sender: str, order: list[str]) -> None:
        for _ in range(15):
            drafts = [draft(chat, sender, each) for each in order]
            outcomes = await store.send(lambda tx, drafts=drafts: send(tx, drafts))
            assert all(isinstance(each, Sent) for each in outcomes)

    async with asyncio.timeout(60):
        await asyncio.gather(flood(chat.store, "ann", places), flood(second, "bob", places[::-1]))
    await second.close()
    for each in places:
        found = await sequences(chat, each)
        assert [sequence for _, sequence in found] == list(range(1, 31))
        assert sorted(sender for sender, _ in found) == ["ann"] * 15 + ["bob"] * 15


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
async def test_any_isolation_by_default_will_do(postgres_url: str, isolation: str) -> None:
    """Where the database has transactions fail instead of look again, that is taken for what it is."""
    url = make_url(postgres_url)
    connection = await asyncpg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    await connection.execute(f"ALTER DATABASE \"{url.database}\" SET default_transaction_isolation = '{isolation}'")
    await connection.close()
    store = SqlStore(postgres_url)
    await store.start()
    chat = Chat(store)
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    async with store.writing() as tx:
        await tx.lock(conversation_id)
        sending = asyncio.create_task(store.send(lambda tx: send(tx, [draft(chat, "bob", conversation_id)])))
        await lock_wanted(chat)
        await tx.advance(conversation_id)
    (outcome,) = await sending
    assert isinstance(outcome, Sent)
    assert outcome.message.revision == 3
    await chat.close()
    await store.close()


ENDING = Prepared(select(func.pg_terminate_backend(func.pg_backend_pid()).label("ended")))
WHICH = Prepared(select(func.pg_backend_pid(type_=Integer).label("which")))
SLEEPING = Prepared(select(func.pg_sleep(60, type_=Text).label("slept")))
MISSING = Prepared(select(column("somewhere")).select_from(table("nowhere")))


async def _asks(tx: Sending, prepared: Prepared) -> None:
    assert isinstance(tx, Unlocked)
    await tx.found(prepared, {})


async def test_connection_that_is_lost_is_given_up(store: SqlStore, chat: Chat) -> None:
    """Who meets it is told that the database cannot be used, and whoever comes next has another one."""
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            await store.send(lambda tx: _asks(tx, ENDING))
    await chat.people("ann")
    assert (await chat.say("ann", await chat.group("ann"))).sequence == 1


async def test_connections_of_batches_are_kept(postgres_url: str) -> None:
    """Two of them, which need not be got from the pool; of two connections one is for all others."""
    for pool_size, kept in ((1, 0), (2, 1), (5, 2)):
        store = SqlStore(postgres_url, pool_size=pool_size)
        await store.start()
        pool = store._database.writers.sync_engine.pool
        assert isinstance(pool, QueuePool)
        await asyncio.gather(*(store.send(lambda tx: _asks(tx, WHICH)) for _ in range(4)))
        assert pool.checkedout() == kept
        async with store.reading() as tx:
            await tx._rows(WHICH)
        await store.close()
        assert pool.checkedout() == 0


async def close_kept(store: SqlStore, postgres_url: str) -> None:
    """Have the server close the one connection that is kept, and wait until that is known."""
    (kept,) = store._database._outright._idle
    closed = asyncio.Event()
    kept.driver_connection.add_termination_listener(lambda _: closed.set())
    url = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    other = await asyncpg.connect(url)
    await other.execute("SELECT pg_terminate_backend($1)", kept.driver_connection.get_server_pid())
    await other.close()
    async with asyncio.timeout(30):
        await closed.wait()


async def test_nothing_is_known_where_a_connection_was_closed(
    store: SqlStore, asks: list[str], postgres_url: str
) -> None:
    """Another server may have come in the place of the one that knew it."""
    chat = Chat(store)
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    await known(chat, conversation_id)
    await close_kept(store, postgres_url)
    asks.clear()
    assert (await chat.say("ann", conversation_id)).sequence == 3
    assert asks == ["ground", "add"]
    await chat.close()


async def test_kept_connection_that_the_server_has_closed_is_replaced(store: SqlStore, postgres_url: str) -> None:
    """Before anything is asked over it, as by whoever comes to the pool."""
    seen: list[int] = []

    async def which(tx: Sending) -> None:
        assert isinstance(tx, Unlocked)
        seen.append((await tx.found(WHICH, {}))[0][0])

    await store.send(which)
    await close_kept(store, postgres_url)
    for _ in range(2):
        await store.send(which)
    assert seen[0] != seen[1] == seen[2]


async def test_error_is_the_drivers(store: SqlStore, chat: Chat) -> None:
    """What the database refuses is no reason to try again, and the connection goes on."""
    for _ in range(3):
        with pytest.raises(DBAPIError, match="nowhere"):
            await store.send(lambda tx: _asks(tx, MISSING))
    await chat.people("ann")
    assert (await chat.say("ann", await chat.group("ann"))).sequence == 1


async def test_connection_that_was_lost_before_is_known_to_be(store: SqlStore) -> None:
    """What cannot even be asked is due to the database, too."""

    async def goes_on(tx: Sending) -> None:
        with pytest.raises(DBAPIError):
            await _asks(tx, ENDING)
        await _asks(tx, MISSING)

    with pytest.raises(StoreUnavailable, match="closed"):
        await store.send(goes_on)


async def test_connection_that_was_interrupted_is_given_up(postgres_url: str) -> None:
    """Nobody gets one on which the server may still be at something."""
    store = SqlStore(postgres_url, pool_size=1)
    await store.start()
    seen: list[object] = []

    async def sleeps(tx: Sending) -> None:
        assert isinstance(tx, Unlocked)
        seen.append((await tx.found(WHICH, {}))[0][0])
        asyncio.get_running_loop().call_soon(sleeping.cancel)
        await tx.found(SLEEPING, {})

    for _ in range(3):
        sleeping = asyncio.create_task(store.send(sleeps))
        with pytest.raises(asyncio.CancelledError):
            await sleeping
    assert len(set(seen)) == 3
    await store.close()


async def test_too_slow_is_told_to_try_again(postgres_url: str) -> None:
    """There is a limit as for any transaction."""
    store = SqlStore(postgres_url, transaction_timeout=0.2)
    await store.start()
    with pytest.raises(StoreUnavailable, match=r"no answer within 0\.2 s"):
        await store.send(lambda tx: _asks(tx, SLEEPING))
    await store.close()


async def test_database_that_cannot_be_reached_is_told(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a connection fails for, it is the database that cannot be used."""

    def broken() -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(store._database.writers.sync_engine.pool, "connect", broken)
    with pytest.raises(StoreUnavailable, match="on purpose"):
        await store.send(lambda tx: _asks(tx, MISSING))
