"""Statements that are executed by the driver alone: whoever uses them sees no difference."""

from collections.abc import Sequence
from typing import Any

import pytest
from doubles.chat import Chat, caller
from sqlalchemy import Connection, Table, bindparam, event, func, insert, select
from sqlalchemy.exc import IntegrityError

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.errors import StoreUnavailable
from palaver_runtime.adapters.sql.prepared import prepared
from palaver_runtime.adapters.sql.store import SqlReader, SqlWriter
from palaver_runtime.adapters.sql.tables import conversations, messages, participants, users

_MADE = prepared(insert(users).values(id=bindparam("given"), created_at=bindparam("at")))
_TABLES = (users, conversations, participants, messages)
_ALL: dict[Table, tuple[Any, Any]] = {table: (select(table), prepared(select(table))) for table in _TABLES}


@pytest.mark.parametrize("table", _ALL, ids=lambda table: str(table.name))
async def test_rows_are_those_of_sqlalchemy(chat: Chat, table: Table) -> None:
    """Names, values and types, with all that they are converted from."""
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    sent = await chat.say("ann", conversation_id, client_id="one")
    await chat.say("bob", conversation_id, reply_to=sent.id)
    await chat.messages.delete(caller("ann"), sent.id)
    usual, ours = _ALL[table]

    async def both(tx: SqlReader) -> tuple[Sequence[Any], Sequence[Any]]:
        return (
            [dict(row) for row in (await tx._connection.execute(usual)).mappings()],
            [dict(row) for row in (await tx._connection.execute(ours)).mappings()],
        )

    expected, found = await chat.store.read(both)
    assert found == expected
    assert [list(map(type, row.values())) for row in found] == [list(map(type, row.values())) for row in expected]
    assert found


async def test_errors_are_those_of_sqlalchemy(chat: Chat) -> None:
    """A broken constraint is told as always, and nothing of the transaction is kept."""
    made = {"given": "ann", "at": chat.clock.now()}

    async def once(tx: SqlWriter) -> None:
        await tx._connection.execute(_MADE, made)

    async def twice(tx: SqlWriter) -> None:
        await once(tx)
        await once(tx)

    async def how_many(tx: SqlReader) -> object:
        return await tx._connection.scalar(select(func.count()).select_from(users))

    with pytest.raises(IntegrityError):
        await chat.store.write(twice)
    assert await chat.store.read(how_many) == 0
    await chat.store.write(once)
    assert await chat.store.read(how_many) == 1


async def test_lost_connection_is_given_up(postgres_url: str) -> None:
    """Who uses it is told that the store is out of reach, and the next one gets another connection."""
    store = SqlStore(postgres_url, pool_size=1)
    await store.start()
    me = func.pg_backend_pid()
    process, end = prepared(select(me)), prepared(select(func.pg_terminate_backend(me)))

    async def ended(tx: SqlReader) -> object:
        return (await tx._connection.execute(end)).all()

    async def which(tx: SqlReader) -> object:
        return (await tx._connection.execute(process)).scalar_one()

    try:
        before = await store.read(which)
        with pytest.raises(StoreUnavailable):
            await store.read(ended)
        assert await store.read(which) != before
    finally:
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
    ("statement", "given", "error"),
    [
        (select(users.c.id).where(users.c.id.in_(["ann", "bob"])), {}, TypeError),
        (select(users.c.id).where(users.c.id == bindparam("user")), {"somebody": "ann"}, KeyError),
    ],
)
async def test_what_cannot_be_prepared_is_refused(
    store: SqlStore, statement: Any, given: dict[str, str], error: type[Exception]
) -> None:
    """A text that depends on the values, and a value that is missing."""
    ours = prepared(statement)

    async def asked(tx: SqlReader) -> object:
        return await tx._connection.execute(ours, given)

    with pytest.raises(error):
        await store.read(asked)
