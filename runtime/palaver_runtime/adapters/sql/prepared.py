"""Statements that are asked for all the time, put together once: each time there is only the driver's work to do.

To look a statement up, bind its parameters and wrap its rows takes SQLAlchemy several times as long as SQLite takes for
the answer, and every request and every connection reads who is there.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.sql.compiler import SQLCompiler


class Row(Protocol):
    """A row, as of SQLAlchemy or of a prepared statement."""

    def __getitem__(self, column: str, /) -> Any:
        """Give what is in a column."""


class _Text(NamedTuple):
    """A statement as a driver takes it, the names of the columns, and what turns values of some into ours."""

    sql: str
    parameters: tuple[str, ...]
    names: tuple[str, ...]
    readings: tuple[tuple[str, Callable[[Any], Any]], ...]


class Prepared:
    """A query of which nothing changes but its parameters: texts, or None, given by name."""

    __slots__ = ("_texts", "statement")

    def __init__(self, statement: Select[Any]) -> None:
        #: What is asked.
        self.statement: Final = statement
        self._texts: dict[str, _Text] = {}

    def rows(self, connection: Connection, parameters: Mapping[str, str | None]) -> Sequence[Row]:
        """Execute it and give all rows, in the transaction of a connection; raise what its `execute` would."""
        text = self._texts.get(connection.dialect.name) or self._text(connection.dialect)
        if not connection.in_transaction():
            connection.begin()
        values = tuple(parameters[each] for each in text.parameters)
        try:
            cursor = connection.connection.cursor()
            cursor.execute(text.sql, values)
            found = cursor.fetchall()
            cursor.close()
        except Exception as error:
            # It gives the error its name, and gives up a connection that is lost.
            connection._handle_dbapi_exception(error, text.sql, values, None, None)
        rows = [dict(zip(text.names, row, strict=True)) for row in found]
        for name, read in text.readings:
            for row in rows:
                row[name] = read(row[name])
        return rows

    def _text(self, dialect: Dialect) -> _Text:
        compiled = self.statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        columns = {
            str(each.key): each.type.dialect_impl(dialect).result_processor(dialect, None)
            for each in self.statement.selected_columns
        }
        readings = tuple((name, read) for name, read in columns.items() if read is not None)
        text = _Text(compiled.string, tuple(compiled.positiontup or ()), tuple(columns), readings)
        self._texts[dialect.name] = text
        return text
