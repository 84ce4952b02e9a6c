"""What the readers and writers of every noun share."""

import json
from collections.abc import Iterable
from typing import TypeAlias

from sqlalchemy import ARRAY, Column, Table, Text, any_, column, exists, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

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

    async def _holds(self, table: Table, *conditions: ColumnElement[bool]) -> bool:
        """Tell whether a table has a row under these conditions."""
        found = await self._connection.scalar(select(exists(select(1).select_from(table).where(*conditions))))
        return bool(found)
