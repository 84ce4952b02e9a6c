"""SIGTERM, which is to end work as Ctrl-C does: what was launched for it is stopped on the way out."""

import asyncio
import signal
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def terminable(work: Awaitable[T]) -> T:
    """Return what comes of some work; SIGTERM cancels the current task meanwhile.

    Without this it would end the process at once, and leave launched servers behind. Call it in the main thread.
    """
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work
