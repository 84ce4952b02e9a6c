"""Why a database cannot be used."""

import os

from palaver_runtime.domain.errors import Unavailable


def why(cause: BaseException) -> str:
    """Return in a line why a database fails, without the number that the system has for it."""
    said = str(cause)
    if isinstance(cause, OSError) and cause.errno is not None:
        # Names that are not found have negative numbers, which only the error itself can tell.
        said = os.strerror(cause.errno) if cause.errno > 0 else cause.strerror or said
    return said.partition("\n")[0].rstrip(".") or type(cause).__name__


class StoreUnavailable(Unavailable):
    """The database is out of reach, not usable, or too busy; the message says what to do.

    `what` is that without the remedy, and `url` never contains a password. The work in hand was rolled back and may be
    tried again.
    """

    def __init__(self, url: str, reason: str, remedy: str) -> None:
        self.what = f"The database {url} cannot be used: {reason}"
        super().__init__(f"{self.what}. {remedy}")
        self.url = url
        self.reason = reason
        self.remedy = remedy
