"""What is written to many connections in one turn of the event loop leaves at its end, each in one piece."""

import asyncio
import logging
from typing import Protocol

logger = logging.getLogger(__name__)


class Flushable(Protocol):
    """What keeps what is written to it."""

    def flush(self) -> None:
        """Send it."""
        ...


class Flusher:
    """Calls flush() of whoever has something to send, once at the end of the turn.

    A call of the kernel for each frame is what costs most in a broadcast: several frames for one client share it.
    """

    __slots__ = ("_due",)

    def __init__(self) -> None:
        self._due: list[Flushable] = []

    def add(self, one: Flushable) -> None:
        """Have flush() called soon; whoever adds itself twice is called twice."""
        if not self._due:
            asyncio.get_running_loop().call_soon(self._flush)
        self._due.append(one)

    def _flush(self) -> None:
        due, self._due = self._due, []
        for one in due:
            try:
                one.flush()
            except Exception:
                logger.exception("what was written to a connection could not be sent")
