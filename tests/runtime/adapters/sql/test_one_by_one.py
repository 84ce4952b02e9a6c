"""Statements of SQLite for one message after the other; what they do is shown with `test_batches_at_hand.py`."""

from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.one_by_one import OneByOne, Statements
from palaver_runtime.adapters.sql.tables import conversations
from palaver_runtime.ports import Asked

DIALECT = sqlite.dialect(paramstyle="qmark")
ASKED = Asked("c1", "ann", "one", None)


async def test_all_is_looked_up_by_index(tmp_path: Path) -> None:
    """Nothing is read from end to end, and a client identifier is found by the index of them all."""
    store = SqlStore(f"sqlite:///{tmp_path}/chat.db")
    await store.start()
    known = Statements(DIALECT).ground
    async with store.reading() as tx:
        result = await tx._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {known.sql}", known.parameters(ASKED))
        plan = [row[3] for row in result.all()]
    await store.close()
    assert [each for each in plan if each.startswith("SCAN")] == []
    assert any("(conversation_id=? AND sender_id=? AND client_id=?)" in each for each in plan)


def test_parameters_are_picked_in_the_order_of_the_text() -> None:
    """However often each is wanted; one that is not known is an error at once."""
    known = Statements(DIALECT)
    assert known.ground.sql.count("?") == len(known.ground.parameters(ASKED))
    assert set(known.ground.parameters(ASKED)) == {"c1", "ann", "one"}
    assert known.advance.parameters(("c1", 1, 2, 3, 4)) == (4, 2, 3, "c1")
    assert known.add.parameters(range(16)) == tuple(range(16))
    with pytest.raises(ValueError, match="not in"):
        OneByOne(conversations.delete().where(conversations.c.id == "x"), ("id",), DIALECT)
