"""What goes wrong for a while is told when it begins, now and then while it lasts, and when it is over.

Everybody who is refused for it meets it: a line for each would fill the log just when somebody has to read it.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

logger = logging.getLogger(__name__)

CALM: Final = 10.0
"""Seconds without a failure after which it is over: while something comes and goes it is one and the same trouble."""

AGAIN: Final = 60.0
"""Seconds between two lines about trouble that lasts."""


class Trouble:
    """Something that may fail many times for one reason; `over` is what is said when it works again."""

    __slots__ = ("_failures", "_last", "_over", "_said", "_seconds")

    def __init__(self, over: str, seconds: Callable[[], float] = time.monotonic) -> None:
        self._over: Final = over
        self._seconds: Final = seconds
        self._failures = 0
        # When it last failed, and when that was last said; of no meaning while nothing has failed.
        self._last = self._said = 0.0

    def failed(self, reason: object) -> None:
        """Take note of a failure; say so if it is the first one, or if nothing was said for long."""
        now = self._seconds()
        first = not self._failures
        self._failures += 1
        self._last = now
        if first:
            logger.warning("%s", reason)
        elif now - self._said >= AGAIN:
            logger.warning("%s (%d failures by now)", reason, self._failures)
        else:
            return
        self._said = now

    def worked(self) -> None:
        """Take note that it worked; say so if it did not before, and has not failed for a while."""
        if self._failures and self._seconds() - self._last >= CALM:
            logger.info("%s, after %d failure%s", self._over, self._failures, "" if self._failures == 1 else "s")
            self._failures = 0
