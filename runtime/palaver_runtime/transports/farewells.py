"""Many whose connections end in one moment are told so a few at a time, with the turns of everybody else between."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Final

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 0.00025
"""Seconds of the loop for which they are told at once: a dozen, with all that follows in the turns after it."""

_PAUSE: Final = 0.001
"""Seconds until the next ones are told."""


class Farewells:
    """Calls what is to be called at the end of a connection, at once or soon, in order."""

    __slots__ = ("_due", "_pause", "_spent")

    def __init__(self) -> None:
        self._due: deque[Callable[[], None]] = deque()
        self._pause: asyncio.TimerHandle | None = None
        self._spent = 0.0

    def say(self, farewell: Callable[[], None]) -> None:
        """Call it, once it is its turn."""
        if self._pause is None:
            self._call(farewell)
        else:
            self._due.append(farewell)

    def _call(self, farewell: Callable[[], None]) -> bool:
        """Call it; tell whether there is time for another one, without which there is a pause."""
        began = perf_counter()
        try:
            farewell()
        except Exception:
            logger.exception("the end of a connection could not be told")
        self._spent += perf_counter() - began
        if self._spent < _AT_ONCE:
            return True
        self._pause = asyncio.get_running_loop().call_later(_PAUSE, self._go_on)
        return False

    def _go_on(self) -> None:
        self._pause, self._spent = None, 0.0
        going_on = True
        while going_on and self._due:
            going_on = self._call(self._due.popleft())
