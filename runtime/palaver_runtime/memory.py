"""Memory that is not needed any more, given back to the system."""

import ctypes
import sys
from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 1_048_576
"""Bytes that are given back as soon as they are free, be it one block or what is free at the end of a heap."""


def give_back_freed() -> None:
    """Have the process give back what is large as soon as it is free, from now on.

    The library of C takes the largest block that it has seen for what is usual, and keeps as much for each thread:
    after a flood of passwords that is their whole memory. Only glibc does, and only there anything happens.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_TRIM_THRESHOLD, _LARGE)
