"""What the nouns share."""

import pytest
from doubles.clock import ManualClock
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.tables import users
from palaver_runtime.adapters.sql.transaction import Transaction
from palaver_runtime.domain.values import User


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


async def test_any_number_of_texts_can_be_asked_for_in_one_statement(store: SqlStore) -> None:
    """Fifty thousand identifiers, whatever they are made of, take one statement and find exactly their rows."""
    ids = ["ann", "Ünï-😀", "a'b\"c%_\\", " ", *map(str, range(50_000))]
    async with store.writing() as tx:
        for user_id in (*ids[:6], "eve"):
            await tx.add_user(User(id=user_id, created_at=ManualClock().now()))
        statements: list[str] = []

        def count(*arguments: object) -> None:
            statements.append(str(arguments[2]))

        engine = tx._connection.sync_connection
        assert engine is not None
        event.listen(engine, "before_cursor_execute", count)
        found = await tx._connection.scalars(select(users.c.id).where(tx._among(users.c.id, ids)))
        assert set(found) == set(ids[:6])
        assert len(statements) == 1
        assert not list(await tx._connection.scalars(select(users.c.id).where(tx._among(users.c.id, ()))))


async def test_asking_for_many_uses_the_index(store: SqlStore) -> None:
    """No scan over the whole table: each text is looked up."""
    async with store.reading() as tx:
        statement = select(users.c.id).where(tx._among(users.c.id, ["ann", "bob"]))
        if tx._connection.dialect.name == "sqlite":
            compiled = statement.compile(dialect=tx._connection.dialect)
            plan = await tx._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", ('["ann", "bob"]',))
            assert "SEARCH users" in str(plan.all())
        else:
            await tx._connection.execute(text("SET LOCAL enable_seqscan = off"))
            compiled = statement.compile(dialect=tx._connection.dialect)
            plan = await tx._connection.exec_driver_sql(f"EXPLAIN {compiled}", (["ann", "bob"],))
            assert "Index Cond" in str(plan.all())
