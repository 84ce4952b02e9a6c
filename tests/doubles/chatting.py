"""Fills a database for the commands to work on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from doubles.chat import Chat

from palaver_runtime.adapters.sql import SqlStore

T = TypeVar("T")


def chatting(work: Callable[[Chat], Awaitable[T]], url: str = "sqlite:///palaver.db") -> T:
    """Let people talk on the database of the current folder, and give what came of it."""

    async def within() -> T:
        store = SqlStore(url)
        await store.open()
        chat = Chat(store)
        try:
            return await work(chat)
        finally:
            await chat.close()
            await store.close()

    with asyncio.Runner() as runner:
        return runner.run(within())
