"""What has to be done at the end of some work, however it ends, and takes its time.

This is not compiled, for those that are: where compiled code awaits in `finally`, in `except` or at the end of `async
with`, the error that it is about is one that others who run meanwhile see as theirs, and may raise.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def afterwards(work: Coroutine[Any, Any, T], then: Callable[[], Coroutine[Any, Any, None]]) -> T:
    """Do some work and then the rest, also when the work fails or is cancelled; give what it returns."""
    try:
        return await work
    finally:
        await then()
