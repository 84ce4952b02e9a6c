"""Statements that are put together once."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, bindparam, column, func, select, table
from sqlalchemy.exc import DBAPIError

from palaver_runtime.adapters.sql import SqlStore, StoreUnavailable
from palaver_runtime.adapters.sql.prepared import Prepared
from palaver_runtime.adapters.sql.store import SqlReader, SqlWriter
from palaver_runtime.adapters.sql.tables import users
from palaver_runtime.domain.values import User

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
USER = select(users, (users.c.id == bindparam("other")).label("same")).where(users.c.id == bindparam("user"))


async def _people(store: SqlStore) -> None:
    async with store.writing() as tx:
        for each in ("ann", "bob"):
            await tx.add_user(User(id=each, name=each, created_at=NOW))


async def test_rows_are_those_of_the_statement(store: SqlStore) -> None:
    """With the same parameters they are as SQLAlchemy gives them, with values of our kinds, however often."""
    await _people(store)
    prepared = Prepared(USER)

    async def both(tx: SqlReader, user: str) -> tuple[list[object], list[object]]:
        given = {"user": user, "other": "ann"}
        usual = (await tx._connection.execute(USER, given)).mappings()
        return [dict(each) for each in usual], list(await tx._rows(prepared, **given))

    for user, number in (("ann", 1), ("bob", 1), ("eve", 0), ("ann", 1)):
        for usual, ours in (await store.read(lambda tx, user=user: both(tx, user)), await _within(store, both, user)):
            assert ours == usual
            assert len(ours) == number
            assert not number or ours[0]["created_at"] == NOW


async def _within(store: SqlStore, both: object, user: str) -> object:
    async with store.reading() as tx:
        return await both(tx, user)


async def test_transaction_is_begun_by_it(store: SqlStore) -> None:
    """What follows is committed with what came before: no statement stands outside of a transaction."""
    await _people(store)
    prepared = Prepared(USER)

    async def rename(tx: SqlWriter) -> bool:
        await tx._rows(prepared, user="ann", other=None)
        begun = await tx._connection.run_sync(Connection.in_transaction)
        await tx.add_user(User(id="eve", created_at=NOW))
        return begun

    assert await store.write(rename)
    assert await store.read(lambda tx: tx.user("eve")) is not None


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
