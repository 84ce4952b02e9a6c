"""Memory that is not needed any more, given back to the system."""

import asyncio
import ctypes
import gc
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 1_048_576
"""Bytes that are given back as soon as they are free, be it one block or what is free at the end of a heap."""

_EVERY: Final = 5.0
"""Seconds between two looks at how much is held."""

_MORE: Final = 4 * 1_048_576
"""Bytes more than at the lowest for which it is worth while to look for what is free, which takes milliseconds."""

_GROWN: Final = 10
"""Looks for garbage among what is young after which there may be some among what is old. CPython would look there at
once, which keeps everybody waiting for ten milliseconds, several times in a flood of a few seconds."""

_MUCH_GROWN: Final = 50
"""Looks among what is young after which CPython does so, however much is held."""

_PAUSE: Final = 11
"""Looks that are left out after one that gave back hardly anything: what is held is in use. None is any more when much
of that has been let go of."""

_MUCH: Final = 10_000
"""Blocks of Python's own allocator: of a thousand connections three times as many."""


def give_back_freed() -> None:
    """Have the process give back what is large as soon as it is free, from now on.

    The library of C takes the largest block that it has seen for what is usual, and keeps as much for each thread:
    after a flood of passwords that is their whole memory. Only glibc does, and only there anything happens.
    """
    mallopt = _of_glibc("mallopt")
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_TRIM_THRESHOLD, _LARGE)


@asynccontextmanager
async def giving_back_gaps(
    every: float = _EVERY, held: Callable[[], int] | None = None, trim: Callable[[], object] | None = None
) -> AsyncIterator[None]:
    """Have the process give back what is free between what is in use, now and then, for as long as the block runs.

    After a flood of texts of sixty kilobytes that is as much as they took: few small things among them keep all. It
    is looked for while the process holds more than it once did; `held` tells how many bytes, `trim` gives back. Before
    that garbage is looked for, which is done more seldom otherwise.
    """
    function = _of_glibc("malloc_trim")
    if trim is None and function is not None:
        trim = partial(function, 0)
    if trim is None:
        yield
        return
    thresholds = gc.get_threshold()
    gc.set_threshold(*thresholds[:2], _MUCH_GROWN)
    task = asyncio.create_task(_watch(every, held or _resident, trim), name="memory")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        gc.set_threshold(*thresholds)


async def _watch(every: float, held: Callable[[], int], trim: Callable[[], object]) -> None:
    lowest, pause, most = held(), 0, 0
    while True:
        await asyncio.sleep(every)
        now, used = held(), sys.getallocatedblocks()
        lowest, most = min(lowest, now), max(most, used)
        if now <= lowest + _MORE:
            pause = 0
        elif pause and used > most - _MUCH:
            pause -= 1
        else:
            if gc.get_count()[2] >= _GROWN:
                gc.collect()  # here: what is found may take leave of the loop
            most = sys.getallocatedblocks()
            await asyncio.to_thread(trim)
            pause = _PAUSE if now - held() < _LARGE else 0


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _of_glibc(name: str) -> Callable[..., int] | None:
    """Give a function of the library of C that only glibc has."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
