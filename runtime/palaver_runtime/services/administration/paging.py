"""Going through everything, a page in each transaction, so that none takes long."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias, TypeVar

from palaver_runtime.admin_ports import AdminReader, AdminStore

PAGE = 500
"""What is read in one transaction."""

Progress: TypeAlias = Callable[[str, int], None]
"""Is told of what how much is done so far."""

T = TypeVar("T")


def unheard(what: str, done: int) -> None:
    """Keep the progress to oneself."""


async def pages(
    store: AdminStore, read: Callable[[AdminReader, str], Awaitable[tuple[T, ...]]], key: Callable[[T], str]
) -> AsyncIterator[tuple[T, ...]]:
    """Give pages of up to PAGE things by ascending key, none of them empty; `read` reads those after a key."""
    after = ""
    while True:
        async with store.reading() as tx:
            page = await read(tx, after)
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = key(page[-1])
