"""Work in a transaction that is done in one go: nothing else is waited for, and each statement is a plain call.

A statement that is awaited costs several times what the database takes for it, as each changes stacks; so do connecting
and closing. To send messages takes half a dozen of them, and every request reads who is asking.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Dialect, Executable, ScalarResult
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.util import greenlet_spawn

T = TypeVar("T")
P = ParamSpec("P")


class _AtOnce:
    """A connection as readers and writers see it, each call of which is over before anybody can wait for it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        """Give the dialect of the database."""
        return self._connection.dialect

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Execute a statement."""
        return self._connection.execute(statement, parameters)

    async def exec_driver_sql(self, statement: str, parameters: Any = None) -> CursorResult[Any]:
        """Execute what the driver understands."""
        return self._connection.exec_driver_sql(statement, parameters)

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        """Give the first column of the first row."""
        return self._connection.scalar(statement, parameters)

    async def scalars(self, statement: Executable, parameters: Any = None) -> ScalarResult[Any]:
        """Give the first column of each row."""
        return self._connection.scalars(statement, parameters)

    async def run_sync(self, work: Callable[Concatenate[Connection, P], T], /, *given: P.args, **named: P.kwargs) -> T:
        """Do some work with the connection itself."""
        return work(self._connection, *given, **named)


async def at_once(
    connect: Callable[[], Connection], work: Callable[[AsyncConnection], Coroutine[Any, Any, T]], *, commits: bool
) -> T:
    """Connect, do some work, end the transaction and close; give what the work returns.

    A connection as the work gets it has what transactions use, and no more.
    """

    def done() -> T:
        with connect() as connection:
            result = finish(work(cast("AsyncConnection", _AtOnce(connection))))
            if commits:
                connection.commit()
        return result

    return await greenlet_spawn(done)


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Do some work to its end, and give what it returns; raise RuntimeError if it waits for anything."""
    try:
        work.send(None)
    except StopIteration as end:
        return cast("T", end.value)
    work.close()
    raise RuntimeError("what is done in one go can wait for nothing but its transaction")
