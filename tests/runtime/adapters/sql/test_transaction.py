"""What the nouns share."""

from datetime import UTC, datetime, timedelta

import pytest
from doubles.clock import ManualClock
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.tables import users
from palaver_runtime.adapters.sql.transaction import Transaction


async def test_database_tells_the_time(store: SqlStore) -> None:
    """The database tells the moment of the question in UTC, to the millisecond, also late in a transaction."""
    async with store.reading() as tx:
        first = await tx.now()
        before = datetime.now(UTC)
        now = await tx.now()
        after = datetime.now(UTC)
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    # SQLite rounds to the nearest millisecond, PostgreSQL drops what is less.
    assert before - timedelta(milliseconds=1) <= now <= after + timedelta(milliseconds=1)
    assert first <= now


async def test_insert_unless_there_tells_by_its_row_count(store: SqlStore) -> None:
    """A row that breaks a unique constraint is skipped, one that is wrong otherwise is an error."""
    row = {"id": "ann", "name": "Ann", "created_at": None}
    with pytest.raises(IntegrityError):
        async with store.writing() as tx:
            await tx._connection.execute(tx._insert_unless_there(users).values(**row))


async def test_holds_tells_whether_there_is_a_row(store: SqlStore) -> None:
    """A table holds what was inserted, once, and nothing else."""
    async with store.writing() as tx:
        assert isinstance(tx, Transaction)
        for expected in (1, 0):
            statement = tx._insert_unless_there(users).values(id="ann", created_at=ManualClock().now())
            assert (await tx._connection.execute(statement)).rowcount == expected
        assert await tx._holds(users, users.c.id == "ann")
        assert not await tx._holds(users, users.c.id == "bob")


async def test_any_number_of_texts_can_be_given(store: SqlStore) -> None:
    """Fifty thousand texts are one parameter, none is none."""
    async with store.writing() as tx:
        await tx._connection.execute(tx._insert_unless_there(users).values(id="7", created_at=ManualClock().now()))
        for count, expected in [(50_000, ["7"]), (0, [])]:
            given = tx._texts()
            found = await tx._connection.scalars(
                select(users.c.id).where(users.c.id.in_(select(given.table))),
                given.parameters([(str(number),) for number in range(count)]),
            )
            assert list(found) == expected
