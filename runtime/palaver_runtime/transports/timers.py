"""Timers of which each connection has some: those of one delay share one of the loop, which takes far more memory."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Final

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 32
"""Timers that are due in one moment, as of those who came together, and ring in one turn of the loop."""

_MANY: Final = 64
"""Timers that were cancelled and are still there, at least, before it is worth while to throw them out."""


class Timer:
    """Rings once, unless it is cancelled before."""

    __slots__ = ("_timers", "call", "due")

    def __init__(self, timers: "Timers", due: float, call: Callable[[], None]) -> None:
        self._timers = timers
        self.due: Final = due
        #: What is called then; None once it has been, or never will be.
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Do not ring; nothing happens where it has rung."""
        if self.call is not None:
            self.call = None
            self._timers.cancelled()


class Timers:
    """Timers that ring after `delay` seconds, in the order in which they were set, on nobody's behalf."""

    __slots__ = ("_cancelled", "_delay", "_handle", "_set")

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._set: deque[Timer] = deque()
        self._cancelled = 0
        self._handle: asyncio.Handle | None = None

    @property
    def kept(self) -> int:
        """How many are kept, with cancelled ones."""
        return len(self._set)

    def set(self, call: Callable[[], None]) -> Timer:
        """Have something called after the delay."""
        loop = asyncio.get_running_loop()
        timer = Timer(self, loop.time() + self._delay, call)
        self._set.append(timer)
        if self._handle is None:
            self._handle = loop.call_later(self._delay, self._ring, context=Context())
        return timer

    def cancelled(self) -> None:
        """Count one that was cancelled; for timers alone."""
        self._cancelled += 1
        if self._cancelled == len(self._set):
            self._set.clear()
            self._cancelled = 0
            self._unset()
        elif self._cancelled > max(_MANY, len(self._set) // 2):
            self._set = deque([each for each in self._set if each.call is not None])
            self._cancelled = 0

    def _unset(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _ring(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        try:
            self._ring_those_due(now)
        finally:
            # Until here: of what is set by those who are called, none is due before those who are left.
            self._unset()
            if self._set:
                wait = max(0.0, self._set[0].due - now)
                self._handle = loop.call_later(wait, self._ring, context=Context())

    def _ring_those_due(self, now: float) -> None:
        left = _AT_ONCE
        while self._set and left and (self._set[0].call is None or self._set[0].due <= now):
            timer = self._set.popleft()
            call, timer.call = timer.call, None
            if call is None:
                self._cancelled -= 1
                continue
            left -= 1
            try:
                call()
            except Exception:
                logger.exception("what was due after %g s failed", self._delay)
