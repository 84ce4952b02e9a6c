"""Keeps from asking what does not answer."""

import time
from collections.abc import Callable


class Breaker:
    """After a failure nothing is tried for `retry` seconds, then one attempt at a time until one succeeds."""

    def __init__(self, retry: float, seconds: Callable[[], float] = time.monotonic) -> None:
        self._retry = retry
        self._seconds = seconds
        self._closed_until: float | None = None

    @property
    def healthy(self) -> bool:
        """Whether the last attempt succeeded."""
        return self._closed_until is None

    def admits(self) -> bool:
        """Tell whether to try now. Who is told so while it is not healthy is the only one for the next while."""
        if self._closed_until is None:
            return True
        if self._seconds() < self._closed_until:
            return False
        self._closed_until = self._seconds() + self._retry
        return True

    def succeeded(self) -> None:
        """Note a success: everything may be tried."""
        self._closed_until = None

    def failed(self) -> None:
        """Note a failure."""
        self._closed_until = self._seconds() + self._retry
