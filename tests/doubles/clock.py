"""A clock that the test moves."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)

    def now(self) -> datetime:
        """Give the moment that was set."""
        return self.time

    def advance(self, **by: float) -> datetime:
        """Go on by a timedelta, given by its parts; give the new moment."""
        self.time += timedelta(**by)
        return self.time
