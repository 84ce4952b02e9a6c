"""Any number of rows as the parameters of a statement, which is the same however many they are."""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ARRAY, FromClause, Text, bindparam, column, func, literal_column, select
from sqlalchemy.types import TypeEngine


class Given:
    """Rows of texts and numbers that a statement takes as a table: `table` stands in it, `parameters` goes with it.

    An IN with a parameter for each would be another statement for each number of them, and has a limit.
    """

    def __init__(self, dialect: str, **columns: TypeEngine[Any]) -> None:
        self._names = tuple(f"given_{name}" for name in columns)
        self._arrays = dialect == "postgresql"
        self.table = _arrays(columns) if self._arrays else _json(columns)

    def parameters(self, rows: Collection[Sequence[str | int]]) -> dict[str, object]:
        """Give the parameters that stand for some rows.

        Raises ValueError for a text with a NUL, which PostgreSQL refuses and SQLite would cut off.
        """
        if self._arrays:
            values: Iterable[Sequence[object]] = zip(*rows, strict=True) if rows else [()] * len(self._names)
            return {name: list(each) for name, each in zip(self._names, values, strict=True)}
        for row in rows:
            for value in row:
                if isinstance(value, str) and "\0" in value:
                    raise ValueError("no database holds a NUL")
        return {"given": json.dumps(list(rows))}


def _arrays(columns: dict[str, TypeEngine[Any]]) -> FromClause:
    arrays = (bindparam(f"given_{name}", type_=ARRAY(kind)) for name, kind in columns.items())
    names = (column(name, kind) for name, kind in columns.items())
    return func.unnest(*arrays).table_valued(*names).render_derived()


def _json(columns: dict[str, TypeEngine[Any]]) -> FromClause:
    listed = func.json_each(bindparam("given", type_=Text)).table_valued(column("value", Text))
    values = (
        func.json_extract(listed.c.value, literal_column(f"'$[{place}]'"), type_=kind).label(name)
        for place, (name, kind) in enumerate(columns.items())
    )
    return select(*values).subquery()
