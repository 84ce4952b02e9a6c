"""How much a database does for a question: SQLite's own steps, which are the same on every machine."""

import sqlite3
from contextlib import closing
from typing import Any

from sqlalchemy import Select, make_url
from sqlalchemy.dialects import sqlite


def steps(url: str, statement: Select[Any], **parameters: object) -> int:
    """Give how many steps of its machine a SQLite that lies in a file takes for a statement."""
    compiled = statement.params(**parameters).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1

    with closing(sqlite3.connect(str(make_url(url).database))) as connection:
        connection.set_progress_handler(step, 1)
        connection.execute(str(compiled)).fetchall()
    return taken
