"""How long to wait before the next attempt."""


class Backoff:
    """Waits that double with each failure, from `first` to `limit` seconds. Not random: a Redis has few instances."""

    def __init__(self, limit: float, first: float = 0.05) -> None:
        self._first = min(first, limit)
        self._limit = limit
        self._next = self._first

    def wait(self) -> float:
        """Give the seconds to wait after one more failure."""
        wait = self._next
        self._next = min(2 * wait, self._limit)
        return wait

    def reset(self) -> None:
        """Begin anew after a success."""
        self._next = self._first
