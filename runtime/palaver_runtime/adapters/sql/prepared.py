"""Statements that are the same each time: compiled once, and executed by the driver alone.

For each execution SQLAlchemy looks up what it has compiled, and makes a context, a cursor and a description of the
rows: several times what SQLite takes for a short statement, and half of what PostgreSQL does. Of a statement that is
`prepared` what can be known is known. Texts, types, connections, transactions and errors are SQLAlchemy's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn, TypeVar

from sqlalchemy import Connection, Dialect, Executable, Result
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.selectable import SelectBase
from sqlalchemy.types import TypeEngine

S = TypeVar("S", bound=Executable)

_MARK: Final = "prepared"
_Convert = Callable[[Any], Any] | None


def prepared(statement: S) -> S:
    """Mark a statement that is made once, for as long as the process: of another one each would be kept."""
    marked: S = statement.execution_options(**{_MARK: True})
    return marked


def is_prepared(statement: Executable) -> bool:
    """Tell whether a statement is marked so."""
    return _MARK in statement.get_execution_options()


def execute(connection: Connection, statement: Executable, parameters: Mapping[str, object] | None) -> Result[Any]:
    """Execute a prepared statement as a connection would; of one without rows there are none."""
    known = _known(statement, connection.dialect)
    rows = _run(connection, known.text, known.arguments(parameters or {}), many=False)
    return IteratorResult(known.columns, map(known.row, rows))


def execute_many(connection: Connection, text: str, rows: Sequence[Sequence[object]]) -> None:
    """Execute what the driver understands, once for each row."""
    _run(connection, text, rows, many=True)


class _Prepared:
    """A statement as a driver takes it, and what it takes to convert its parameters and its rows."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        assert isinstance(statement, ClauseElement)
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        if compiled.post_compile_params or compiled.literal_execute_params or compiled.positiontup is None:
            raise TypeError(f"what is executed depends on its parameters: {compiled}")
        self.text = str(compiled)
        binds = [compiled.binds[name] for name in compiled.positiontup]
        self._parameters = [
            (name, _writer(bind.type, dialect)) for name, bind in zip(compiled.positiontup, binds, strict=True)
        ]
        self._fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        selects: object = statement
        columns = list(selects.selected_columns) if isinstance(selects, SelectBase) else []
        self.columns = SimpleResultMetaData([str(column.key) for column in columns])
        self._readers = [_reader(column.type, dialect) for column in columns]

    def arguments(self, parameters: Mapping[str, object]) -> tuple[object, ...]:
        """Give the parameters in the order of the text, as the driver takes them; KeyError if one is missing."""
        given = {**self._fixed, **parameters}
        return tuple(given[name] if write is None else write(given[name]) for name, write in self._parameters)

    def row(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Convert the values of a row."""
        return tuple(value if read is None else read(value) for read, value in zip(self._readers, values, strict=True))


_KNOWN: Final[dict[tuple[Executable, str], _Prepared]] = {}


def _known(statement: Executable, dialect: Dialect) -> _Prepared:
    key = statement, dialect.name
    found = _KNOWN.get(key)
    if found is None:
        found = _KNOWN[key] = _Prepared(statement, dialect)
    return found


def _run(connection: Connection, text: str, parameters: Any, *, many: bool) -> Sequence[Sequence[Any]]:
    if not connection.in_transaction():
        connection.begin()
    cursor: DBAPICursor | None = None
    try:
        cursor = connection.connection.cursor()
        if many:
            cursor.executemany(text, parameters)
            rows: Sequence[Sequence[Any]] = ()
        else:
            cursor.execute(text, parameters)
            rows = cursor.fetchall() if cursor.description else ()
        cursor.close()
    except Exception as error:
        _fail(connection, error, text, parameters, cursor)
    return rows


def _fail(connection: Connection, error: Exception, text: str, parameters: Any, cursor: DBAPICursor | None) -> NoReturn:
    """Raise what SQLAlchemy makes of an error of the driver, and have it give up a connection that is lost."""
    connection._handle_dbapi_exception(error, text, parameters, cursor, None)


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> _Convert:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> _Convert:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
