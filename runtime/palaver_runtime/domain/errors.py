"""Why the core refuses something.

ChatError
├── Unauthorized       the caller is nobody we know
├── Forbidden          the caller may not
├── NotFound           it is not there, or not for the caller to see
├── Invalid            the request makes no sense; `problems` says where
├── Conflict           the present state does not allow it
├── PayloadTooLarge    more bytes than accepted
├── RateLimited        too often; `retry_after` says how long to wait
├── ConnectionRefused  the caller is known, but cannot be connected now
├── Unavailable        the store, or who issues tokens, is out of reach; nothing was done
└── Internal           we failed; what happened stands in the log

Anything else that escapes a service is a defect of ours and is answered as Internal. Each dialect turns
these into its own wire shapes in exactly one place. Messages are for people and never carry internals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One refused field. `field` is a JSON Pointer within the request, `text` says what is wrong with it."""

    field: str
    text: str


class ChatError(Exception):
    """A refusal that the caller is told about. `code` is the name in the error catalogue."""

    code: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unauthorized(ChatError):
    """The token or the credentials are missing or not good."""

    code = "UNAUTHORIZED"


class Forbidden(ChatError):
    """The caller is known and may not do this."""

    code = "FORBIDDEN"


class NotFound(ChatError):
    """What was asked for does not exist or is invisible to the caller."""

    code = "NOT_FOUND"


class Invalid(ChatError):
    """The request breaks a rule of its document or of the domain."""

    code = "VALIDATION_ERROR"

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @classmethod
    def field(cls, field: str, text: str) -> "Invalid":
        """Refuse one field, given by its JSON Pointer."""
        return cls(f"{field}: {text}", [Problem(field, text)])


class Conflict(ChatError):
    """The present state does not allow the request."""

    code = "CONFLICT"


class PayloadTooLarge(ChatError):
    """The request has more bytes than accepted."""

    code = "PAYLOAD_TOO_LARGE"


class RateLimited(ChatError):
    """The caller asks too often. `retry_after` is in seconds."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ConnectionRefused(ChatError):
    """The caller is known, but no connection can be given now."""

    code = "CONNECTION_ERROR"


class Internal(ChatError):
    """The server failed. The message is always the same, as what happened is nobody's business but ours."""

    code = "INTERNAL_ERROR"

    def __init__(self) -> None:
        super().__init__("The server failed to do this; it has been logged")


class Unavailable(ChatError):
    """Something that the server needs is out of reach, the store if nothing else is said; nothing was done.

    The caller is told no more than that; `str()` says what the operator needs.
    """

    code = "SERVICE_UNAVAILABLE"

    def __init__(self, cause: str, what: str = "its database") -> None:
        super().__init__(f"The server cannot reach {what} just now; try again")
        self.cause = cause

    def __str__(self) -> str:
        return self.cause
