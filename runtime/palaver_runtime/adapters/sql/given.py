"""Any number of rows as a parameter of a statement, which is the same however many they are."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import JSON, FromClause, Integer, Text, bindparam, cast, column, func, literal_column, select
from sqlalchemy.types import TypeEngine

_NUL: Final = "\\u0000"
"""How JSON writes a NUL, and what may also be written otherwise."""


class Given:
    """Rows of texts and numbers that a statement takes as a table: `table` stands in it, `parameters` goes with it.

    An IN with a parameter for each would be another statement for each number of them, and has a limit. All rows go as
    one JSON text: an array for each column takes the driver of PostgreSQL twice as long, as it looks at each value in
    turn. Where a statement takes several tables, each has a `name` of its own.
    """

    def __init__(self, dialect: str, name: str = "given", **columns: TypeEngine[Any]) -> None:
        self._name = name
        self._count = f"{name}_rows"
        # Plain ones: those of a table are a kind of their own.
        self._columns = tuple(map(str, columns))
        self._records = dialect == "postgresql"
        self.table = _records(name, columns) if self._records else _listed(name, columns)

    def parameters(self, rows: Collection[Sequence[object]]) -> dict[str, object]:
        """Give the parameters that stand for some rows.

        Raises ValueError for a text with a NUL, which PostgreSQL refuses and SQLite would cut off.
        """
        if self._records:
            return self.recorded([dict(zip(self._columns, row, strict=True)) for row in rows])
        text = orjson.dumps([list(row) for row in rows]).decode()
        if _NUL in text:
            _refuse_nul(rows)
        return {self._name: text}

    def recorded(self, records: list[dict[str, object]]) -> dict[str, object]:
        """Do what `parameters` does on PostgreSQL for rows that are given with the names of their columns."""
        text = orjson.dumps(records).decode()
        if _NUL in text:
            _refuse_nul([list(each.values()) for each in records])
        return {self._name: text, self._count: len(records)}


def _refuse_nul(rows: Collection[Sequence[object]]) -> None:
    for row in rows:
        for value in row:
            if isinstance(value, str) and "\0" in value:
                raise ValueError("no database holds a NUL")


def _records(name: str, columns: dict[str, TypeEngine[Any]]) -> FromClause:
    names = (column(each, kind) for each, kind in columns.items())
    text = cast(bindparam(name, type_=Text), JSON)
    records = func.json_to_recordset(text).table_valued(*names).render_derived(with_types=True)
    # Whatever it is given, the planner would expect a hundred rows, and rather read tables from end to end.
    return select(records).limit(bindparam(f"{name}_rows", type_=Integer)).subquery(name)


def _listed(name: str, columns: dict[str, TypeEngine[Any]]) -> FromClause:
    listed = func.json_each(bindparam(name, type_=Text)).table_valued(column("value", Text))
    values = (
        func.json_extract(listed.c.value, literal_column(f"'$[{place}]'"), type_=kind).label(each)
        for place, (each, kind) in enumerate(columns.items())
    )
    return select(*values).subquery(name)
