"""The event loop in which servers are judged."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do some work to its end in the fastest event loop that there is: uvloop's, or on Windows asyncio's own.

    A third of what a scenario costs the harness is the loop's own time.
    """
    if sys.platform == "win32":
        return asyncio.run(work)
    import uvloop  # has no build for Windows

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
