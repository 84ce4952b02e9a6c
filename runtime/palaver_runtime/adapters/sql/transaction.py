"""What the readers and writers of every noun share."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Integer, Table, Text, exists, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from palaver_runtime.adapters.sql.given import Given
from palaver_runtime.adapters.sql.prepared import Prepared, Row

_Insert: TypeAlias = postgresql.Insert | sqlite.Insert

# Of the moment of asking, not of the transaction's beginning.
_NOW = {
    "postgresql": text("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')"),
    "sqlite": text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"),
}


@cache
def _texts(dialect: str) -> Given:
    return Given(dialect, value=Text())


@cache
def _numbers(dialect: str) -> Given:
    return Given(dialect, "numbers", id=Text(), number=Integer())


class Transaction:
    """A transaction that is open on a connection. Statements run one after the other, never at once."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def now(self) -> datetime:
        """Give the present moment by the clock of the database: aware, UTC, whole milliseconds."""
        moment: str = (await self._connection.execute(_NOW[self._connection.dialect.name])).scalar_one()
        return datetime.fromisoformat(moment).replace(tzinfo=UTC)

    async def _rows(self, prepared: Prepared, **parameters: object) -> Sequence[Row]:
        """Give the rows of what is prepared."""
        return await self._connection.run_sync(prepared.rows, parameters)

    async def _found(self, prepared: Prepared, **parameters: object) -> Sequence[Sequence[Any]]:
        """Give the rows of what is prepared as the driver has them."""
        return await self._connection.run_sync(prepared.found, parameters)

    async def _rows_of(
        self, prepare: Callable[[Given], Prepared], texts: Iterable[str], **parameters: object
    ) -> Sequence[Row]:
        """Give the rows of what is prepared for any number of texts."""
        given = self._texts()
        return await self._rows(prepare(given), **given.parameters([(each,) for each in texts]), **parameters)

    async def _found_of(
        self, prepare: Callable[[Given], Prepared], texts: Iterable[str], **parameters: object
    ) -> Sequence[Sequence[Any]]:
        """Do what `_rows_of` does, and give rows as the driver has them."""
        given = self._texts()
        return await self._found(prepare(given), **given.parameters([(each,) for each in texts]), **parameters)

    async def _row(self, prepared: Prepared, **parameters: object) -> Row | None:
        """Give the only row of what is prepared, if there is one."""
        rows = await self._rows(prepared, **parameters)
        return rows[0] if rows else None

    def _insert_unless_there(self, table: Table) -> _Insert:
        """Begin an INSERT that does nothing when the row breaks a unique constraint; its row count tells which."""
        if self._connection.dialect.name == "postgresql":
            return postgresql.insert(table).on_conflict_do_nothing()
        return sqlite.insert(table).on_conflict_do_nothing()

    def _texts(self) -> Given:
        """Give a table of texts to put into a statement: one column, `value`."""
        return _texts(self._connection.dialect.name)

    def _numbers(self) -> Given:
        """Give a table of identifiers, each with a number, to put into a statement: `id` and `number`."""
        return _numbers(self._connection.dialect.name)

    async def _holds(self, table: Table, *conditions: ColumnElement[bool]) -> bool:
        """Tell whether a table has a row under these conditions."""
        found = await self._connection.scalar(select(exists(select(1).select_from(table).where(*conditions))))
        return bool(found)
