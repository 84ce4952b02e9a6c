"""Everything is gone through, a page in each transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from palaver_runtime.admin_ports import AdminReader, AdminStore
from palaver_runtime.services.administration import paging
from palaver_runtime.services.administration.paging import pages


class Transactions:
    """A store that counts its transactions."""

    def __init__(self) -> None:
        self.opened = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AdminReader]:
        """Open one."""
        self.opened += 1
        yield cast("AdminReader", None)


@pytest.mark.parametrize(("count", "sizes", "opened"), [(0, [], 1), (1, [1], 1), (2, [2], 2), (5, [2, 2, 1], 3)])
async def test_pages(monkeypatch: pytest.MonkeyPatch, count: int, sizes: list[int], opened: int) -> None:
    """Each page begins after the last key of the one before, and none is empty."""
    monkeypatch.setattr(paging, "PAGE", 2)
    every, store = "abcdefgh"[:count], Transactions()

    async def read(_tx: AdminReader, after: str) -> tuple[str, ...]:
        return tuple(each for each in every if each > after)[:2]

    found = [page async for page in pages(cast("AdminStore", store), read, str)]
    assert [len(page) for page in found] == sizes
    assert "".join(each for page in found for each in page) == every
    assert store.opened == opened
