"""What those who look after a server need of the store is what the store has."""

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.archive import TABLES
from palaver_runtime.adapters.sql.tables import metadata
from palaver_runtime.admin_ports import AdminStore, Noun


def test_store_is_one(store: SqlStore) -> None:
    """Mypy checks the assignment."""
    administered: AdminStore = store
    assert administered is store


def test_nouns_are_all_that_is_stored() -> None:
    """An archive misses no table, and nothing refers to what comes later in it."""
    order = list(Noun)
    assert list(TABLES) == order
    assert {table.name for table in TABLES.values()} == set(metadata.tables)
    for number, noun in enumerate(order):
        earlier = {TABLES[each] for each in order[:number]}
        assert {key.column.table for key in TABLES[noun].foreign_keys} <= earlier
