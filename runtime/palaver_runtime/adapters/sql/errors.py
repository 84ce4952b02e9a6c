"""Why a database cannot be used."""

from palaver_runtime.domain.errors import Unavailable


class StoreUnavailable(Unavailable):
    """The database is out of reach, not usable, or too busy; the message says what to do.

    `url` never contains a password. The work in hand was rolled back and may be tried again.
    """

    def __init__(self, url: str, reason: str, remedy: str) -> None:
        super().__init__(f"The database {url} cannot be used: {reason}. {remedy}")
        self.url = url
        self.reason = reason
        self.remedy = remedy
