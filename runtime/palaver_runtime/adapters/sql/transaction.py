"""What the readers and writers of every noun share."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    Column,
    FromClause,
    Table,
    Text,
    any_,
    column,
    exists,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeEngine

_Insert: TypeAlias = postgresql.Insert | sqlite.Insert


class Transaction:
    """A transaction that is open on a connection. Statements run one after the other, never at once."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    def _insert_unless_there(self, table: Table) -> _Insert:
        """Begin an INSERT that does nothing when the row breaks a unique constraint; its row count tells which."""
        if self._connection.dialect.name == "postgresql":
            return postgresql.insert(table).on_conflict_do_nothing()
        return sqlite.insert(table).on_conflict_do_nothing()

    def _among(self, place: Column[str], values: Iterable[str]) -> ColumnElement[bool]:
        """Ask for the rows whose text is one of these, however many: they are one parameter.

        IN with a parameter for each would be another statement for each number of them, and has a limit.
        """
        if self._connection.dialect.name == "postgresql":
            return place == any_(literal(list(values), ARRAY(Text)))
        listed = func.json_each(json.dumps(list(values))).table_valued(column("value", Text))
        return place.in_(select(listed.c.value))

    def _table_of(self, columns: Mapping[str, TypeEngine[Any]], rows: Collection[Sequence[object]]) -> FromClause:
        """Give rows as a table to join, in a statement that is the same however many they are."""
        if self._connection.dialect.name == "postgresql":
            values: Iterable[Sequence[object]] = zip(*rows, strict=True) if rows else [()] * len(columns)
            arrays = (literal(list(each), ARRAY(kind)) for kind, each in zip(columns.values(), values, strict=True))
            names = (column(name, kind) for name, kind in columns.items())
            return func.unnest(*arrays).table_valued(*names).render_derived()
        listed = func.json_each(json.dumps([list(each) for each in rows])).table_valued(column("value", Text))
        return select(
            *(
                func.json_extract(listed.c.value, literal_column(f"'$[{place}]'"), type_=kind).label(name)
                for place, (name, kind) in enumerate(columns.items())
            )
        ).subquery()

    async def _holds(self, table: Table, *conditions: ColumnElement[bool]) -> bool:
        """Tell whether a table has a row under these conditions."""
        found = await self._connection.scalar(select(exists(select(1).select_from(table).where(*conditions))))
        return bool(found)
