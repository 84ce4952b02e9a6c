"""Statements that are put together once: whoever uses them sees no difference."""

from collections.abc import Sequence
from typing import Any

import pytest
from doubles.chat import Chat, caller
from sqlalchemy import Connection, Table, bindparam, column, event, func, select, table, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from palaver_runtime.adapters.sql import SqlStore, StoreUnavailable
from palaver_runtime.adapters.sql.prepared import Prepared, Row
from palaver_runtime.adapters.sql.store import SqlReader, SqlWriter
from palaver_runtime.adapters.sql.tables import conversations, messages, participants, users
from palaver_runtime.domain.values import User

USER = select(users, (users.c.id == bindparam("other")).label("same")).where(users.c.id == bindparam("user"))
RENAMED = Prepared(update(users).where(users.c.name_key == bindparam("old")).values(name_key=bindparam("new")))
TABLES = {each: (select(each), Prepared(select(each))) for each in (users, conversations, participants, messages)}


@pytest.mark.parametrize("table", TABLES, ids=lambda each: str(each.name))
async def test_rows_are_those_of_sqlalchemy(chat: Chat, table: Table) -> None:
    """Names, values and types, with all that they are converted from."""
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    sent = await chat.say("ann", conversation_id, client_id="one")
    await chat.say("bob", conversation_id, reply_to=sent.id)
    await chat.messages.delete(caller("ann"), sent.id)
    usual, ours = TABLES[table]

    async def both(tx: SqlReader) -> tuple[Sequence[Any], Sequence[Row]]:
        return [dict(row) for row in (await tx._connection.execute(usual)).mappings()], await tx._rows(ours)

    async with chat.store.reading() as tx:
        waited = await both(tx)
    for expected, found in (waited, await chat.store.read(both)):
        assert found == expected != []
        assert [list(map(type, row.values())) for row in found] == [list(map(type, row.values())) for row in expected]


async def test_parameters_are_given_each_time(chat: Chat) -> None:
    """Another one gives other rows, or none."""
    await chat.people("ann", "bob")
    prepared = Prepared(USER)
    for user, same in (("ann", [True]), ("bob", [False]), ("eve", []), ("ann", [True])):
        rows = await chat.store.read(lambda tx, user=user: tx._rows(prepared, user=user, other="ann"))
        assert [row["same"] for row in rows] == same
        assert [row["id"] for row in rows] == [user] * len(rows)


async def test_transaction_is_begun_by_it(chat: Chat) -> None:
    """What follows is committed with what came before: no statement stands outside of a transaction."""
    await chat.people("ann")
    prepared, now = Prepared(USER), chat.clock.now()

    async def add(tx: SqlWriter) -> bool:
        await tx._rows(prepared, user="ann", other=None)
        begun = await tx._connection.run_sync(Connection.in_transaction)
        await tx.add_user(User(id="eve", created_at=now))
        return begun

    assert await chat.store.write(add)
    assert await chat.store.read(lambda tx: tx.user("eve")) is not None


async def test_errors_are_those_of_sqlalchemy(chat: Chat) -> None:
    """A broken constraint is told as always, and nothing of the transaction is kept."""
    now = chat.clock.now()

    async def add(tx: SqlWriter) -> None:
        for each in ("ann", "bob"):
            assert await tx.add_user(User(id=each, name=each, created_at=now))

    async def rename(tx: SqlWriter, names: dict[str, str]) -> None:
        for old, new in names.items():
            assert await tx._rows(RENAMED, old=old, new=new) == []

    await chat.store.write(add)
    with pytest.raises(IntegrityError):
        await chat.store.write(lambda tx: rename(tx, {"ann": "eve", "bob": "eve"}))
    await chat.store.write(lambda tx: rename(tx, {"ann": "zoe"}))


async def test_error_has_its_usual_name(store: SqlStore) -> None:
    """What the driver raises is made what SQLAlchemy makes of it, by which the store knows what passes."""
    missing = Prepared(select(column("somewhere")).select_from(table("nowhere")))
    with pytest.raises((DBAPIError, StoreUnavailable)) as caught:
        await store.read(lambda tx: tx._rows(missing))
    named = caught.value if isinstance(caught.value, DBAPIError) else caught.value.__cause__
    assert isinstance(named, DBAPIError)
    assert isinstance(named.orig, Exception)
    assert await store.read(lambda tx: tx.user("ann")) is None


async def test_connection_that_is_lost_is_given_up(postgres_url: str) -> None:
    """Who meets it is told that the database cannot be used, and whoever comes next has another one."""
    store = SqlStore(postgres_url, pool_size=1)
    await store.start()
    ending = Prepared(select(func.pg_terminate_backend(func.pg_backend_pid()).label("ended")))
    with pytest.raises(StoreUnavailable):
        await store.read(lambda tx: tx._rows(ending))
    assert await store.read(lambda tx: tx.user("ann")) is None
    await store.close()


async def test_what_is_sent_is_prepared(chat: Chat) -> None:
    """SQLAlchemy is asked for nothing but connections while messages are stored."""
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    first = await chat.say("ann", conversation_id)
    executed: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        executed.append(statement)

    engine = chat.store._database.writers.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    await chat.say("ann", conversation_id, client_id="two", reply_to=first.id)
    assert executed == []
    await chat.group("ann")
    assert executed != []
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        (select(users.c.id).where(users.c.id.in_(["ann", "bob"])), TypeError),
        (select(users.c.id).where(users.c.id == bindparam("user")), KeyError),
    ],
)
async def test_what_cannot_be_prepared_is_refused(store: SqlStore, statement: Any, error: type[Exception]) -> None:
    """A text that depends on the values, and a value that is missing."""
    prepared = Prepared(statement)
    with pytest.raises(error):
        await store.read(lambda tx: tx._rows(prepared, somebody="ann"))
