"""The tables as they are declared."""

from sqlalchemy import Constraint, Index

from palaver_runtime.adapters.sql.tables import metadata


def test_every_constraint_and_index_has_a_name() -> None:
    """What has a name can be changed by a later migration, on every database."""
    things: list[Constraint | Index] = []
    for table in metadata.tables.values():
        things += [*table.constraints, *table.indexes]
    assert len(things) > 20
    assert [thing for thing in things if not thing.name] == []
    names = [str(thing.name) for thing in things]
    assert len(set(names)) == len(names)
    # PostgreSQL cuts off longer ones.
    assert max(map(len, names)) <= 63
