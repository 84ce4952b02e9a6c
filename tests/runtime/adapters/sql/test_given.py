"""Rows as parameters."""

import pytest
from sqlalchemy import BigInteger, Integer, Text, select, text

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.given import Given
from palaver_runtime.adapters.sql.tables import participants

ROWS = [("ann", 1, 2**53), ("Ünï-😀\x01", -1, 0), ("a'b\"c%_\\u0000", 2**31 - 1, -(2**53)), (" ", 0, 1), ("", 0, 1)]


@pytest.mark.parametrize("count", [0, 1, len(ROWS), 20_000])
async def test_rows_come_back_as_given(store: SqlStore, count: int) -> None:
    """Every text and number, in any number of rows, is the same within the statement."""
    rows = (ROWS * 4000)[:count]
    async with store.reading() as tx:
        given = Given(tx._connection.dialect.name, a=Text(), b=Integer(), c=BigInteger())
        result = await tx._connection.execute(select(given.table), given.parameters(rows))
        assert sorted(tuple(row) for row in result) == sorted(rows)


async def test_statement_is_the_same_for_any_number_of_rows(store: SqlStore) -> None:
    """Made once it serves them all, and no number of rows makes it longer."""
    async with store.reading() as tx:
        given = Given(tx._connection.dialect.name, a=Text())
        statement = select(given.table)
        for rows in ([("x",)], [("x",), ("y",)], []):
            found = await tx._connection.execute(statement, given.parameters(rows))
            assert [tuple(row) for row in found] == rows


async def test_nul_is_refused_and_not_cut_off(store: SqlStore) -> None:
    """A text with a NUL finds nothing else instead: it is an error on every database."""
    async with store.reading() as tx:
        given = Given(tx._connection.dialect.name, a=Text())
        with pytest.raises(Exception, match=r"NUL|0x00"):
            await tx._connection.execute(select(given.table), given.parameters([("a\0b",)]))


def test_nul_is_refused_in_rows_with_names() -> None:
    """And nothing else that is written alike."""
    given = Given("postgresql", a=Text(), b=Integer())
    assert given.recorded([{"a": "\\u0000", "b": 1}]) == given.parameters([("\\u0000", 1)])
    with pytest.raises(ValueError, match="NUL"):
        given.recorded([{"a": "x", "b": 1}, {"a": "a\0b", "b": 2}])


async def test_rows_are_looked_up_by_index(store: SqlStore) -> None:
    """What is joined with the given rows is not read from end to end."""
    async with store.reading() as tx:
        dialect = tx._connection.dialect
        given = Given(dialect.name, conversation_id=Text(), user_id=Text())
        asked = given.table
        statement = select(participants).where(
            participants.c.conversation_id == asked.c.conversation_id, participants.c.user_id == asked.c.user_id
        )
        compiled = statement.compile(dialect=dialect)
        parameters = given.parameters([("c1", "ann"), ("c1", "bob")])
        values = tuple(parameters[name] for name in compiled.positiontup or ())
        if dialect.name == "sqlite":
            plan = await tx._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)
            assert "SEARCH participants" in str(plan.all())
        else:
            await tx._connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = await tx._connection.exec_driver_sql(f"EXPLAIN {compiled}", values)
            assert "Index Cond" in str(plan.all())
