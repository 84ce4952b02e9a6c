"""How long to wait before the next attempt to connect."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from `first` to `limit` seconds, each shortened at random by up to half.

    Chance keeps the clients of a server that restarts from coming back in one moment.
    """

    first: float = 0.25
    limit: float = 30.0

    def wait(self, failures: int) -> float:
        """Return the seconds to wait after so many failures in a row; none before the first attempt."""
        if failures == 0:
            return 0.0
        longest = min(self.limit, self.first * 2.0 ** min(failures - 1, 30))
        return longest * (1 - random.random() / 2)  # noqa: S311 - nothing depends on its being unpredictable
