"""Statements that are asked for all the time, put together once: each time there is only the driver's work to do.

To look a statement up, bind its parameters, make a context and wrap the rows takes SQLAlchemy several times as long as
SQLite takes for the answer, and as long as PostgreSQL; every request and every connection reads who is there, and every
batch of messages takes half a dozen. Texts, types, connections, transactions and errors stay SQLAlchemy's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn, Protocol, TypeAlias

from sqlalchemy import Connection, Dialect, Select, Update
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

_Convert: TypeAlias = Callable[[Any], Any]


class Row(Protocol):
    """A row, as of SQLAlchemy or of a prepared statement."""

    def __getitem__(self, column: str, /) -> Any:
        """Give what is in a column."""


class Prepared:
    """A statement of which nothing changes but its parameters, given by name."""

    __slots__ = ("_texts", "statement")

    def __init__(self, statement: Select[Any] | Update) -> None:
        #: What is asked.
        self.statement: Final = statement
        self._texts: Final[dict[str, Text]] = {}

    def rows(self, connection: Connection, parameters: Mapping[str, object]) -> Sequence[Row]:
        """Execute it and give all rows, in the transaction of a connection; raise what its `execute` would.

        Raises KeyError for a parameter that is missing, and TypeError if the text depends on what is given.
        """
        return self.text(connection.dialect).rows(self.found(connection, parameters))

    def found(self, connection: Connection, parameters: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        """Do what `rows` does, and give rows as the driver has them."""
        text = self.text(connection.dialect)
        return _run(connection, text.sql, text.values(parameters), many=False)

    def text(self, dialect: Dialect) -> "Text":
        """Give what goes to a driver, for who has one to give it to."""
        text = self._texts.get(dialect.name)
        if text is None:
            text = self._texts[dialect.name] = Text(self.statement, dialect)
        return text


def execute_many(connection: Connection, sql: str, rows: Sequence[Sequence[object]]) -> None:
    """Execute a text of the driver, once for each row of what it takes."""
    _run(connection, sql, rows, many=True)


class Text:
    """A statement as a driver takes it, what its parameters become for it, and what its rows become for us."""

    def __init__(self, statement: Select[Any] | Update, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        if compiled.post_compile_params or compiled.positiontup is None:
            raise TypeError(f"the text depends on the parameters: {compiled}")
        self.sql: Final = str(compiled)
        self._fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._writings = [(each, _writing(compiled.binds[each].type, dialect)) for each in compiled.positiontup]
        columns = statement.selected_columns if isinstance(statement, Select) else ()
        self._names = tuple(str(each.key) for each in columns)
        readings = ((str(each.key), _reading(each.type, dialect)) for each in columns)
        self._readings = [(name, read) for name, read in readings if read is not None]

    def values(self, parameters: Mapping[str, object]) -> tuple[object, ...]:
        """Give the parameters in the order of the text."""
        given = {**self._fixed, **parameters} if self._fixed else parameters
        return tuple(given[name] if write is None else write(given[name]) for name, write in self._writings)

    def rows(self, found: Sequence[Sequence[Any]]) -> Sequence[Row]:
        """Give rows with their names."""
        rows = [dict(zip(self._names, row, strict=True)) for row in found]
        for name, read in self._readings:
            for row in rows:
                row[name] = read(row[name])
        return rows


def _run(connection: Connection, sql: str, values: Any, *, many: bool) -> Sequence[Sequence[Any]]:
    if not connection.in_transaction():
        connection.begin()
    try:
        cursor = connection.connection.cursor()
        if many:
            cursor.executemany(sql, values)
        else:
            cursor.execute(sql, values)
        found: Sequence[Sequence[Any]] = cursor.fetchall() if cursor.description else ()
        cursor.close()
    except Exception as error:
        _fail(connection, error, sql, values)
    return found


def _fail(connection: Connection, error: Exception, sql: str, values: Any) -> NoReturn:
    """Give an error its name, and give up a connection that is lost."""
    connection._handle_dbapi_exception(error, sql, values, None, None)


def _writing(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reading(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
