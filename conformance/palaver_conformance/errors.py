"""What can go wrong, and whose fault it is.

Exception
├── UsageError           the caller's: a bad option, address or specification (exit code 2)
├── Unwritten            nobody's: a report has no place to go to (exit code 3)
├── Unreachable          nobody's yet: the server does not answer at all (exit code 3)
├── HarnessError         ours: the harness itself broke the contract or its own rules (exit code 3)
├── NotApplicable        nobody's: the documents do not offer what a scenario needs
└── Failure              the server's: something expected did not come, or something wrong did
    ├── Refused          the server's answer was a refusal with a code
    ├── Unanswered       the server's answer did not come
    └── Missed           an event did not come
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

# The system has a number for whatever goes wrong, beside the name.
_NUMBER: Final = re.compile(r"\[Errno -?\d+\] ")


class UsageError(Exception):
    """The command was given something that it cannot work with; the text says what and how to mend it."""


class Unwritten(Exception):
    """A report cannot be written, or a list."""


class Unreachable(Exception):
    """The server under test could not be reached or started."""


class HarnessError(Exception):
    """The harness did something wrong; it says nothing about the server."""


def told(error: BaseException) -> str:
    """Return what a tester is told who gets no verdict for it."""
    match error:
        case Unreachable():
            return _NUMBER.sub("", f"the server cannot be tested: {error}").rstrip()
        case HarnessError():
            return f"the harness failed: {error}"
        case UsageError() | Unwritten():
            return str(error)
        case _:
            return f"the harness failed: {error!r}"


class NotApplicable(Exception):
    """The documents do not promise what the scenario is about; the text says what is missing."""


class Failure(Exception):
    """The server did not do what the documents promise.

    `expected` says what should have been observed; `arrived` lists what was, oldest first.
    """

    def __init__(self, expected: str, arrived: Sequence[str] = ()) -> None:
        super().__init__(expected)
        self.expected = expected
        self.arrived = tuple(arrived)


class Refused(Failure):
    """A request was answered by a refusal. A scenario that expects none fails."""

    def __init__(self, request: str, code: str, message: str, details: Mapping[str, object]) -> None:
        super().__init__(f"{request} to be carried out", (f"refusal {code}: {message}",))
        self.request = request
        self.code = code
        self.message = message
        self.details = details


class Unanswered(Failure):
    """Nothing came back in time for the event `asked` that the connection `owner` had sent."""

    def __init__(self, expected: str, arrived: Sequence[str], *, owner: str, asked: str) -> None:
        super().__init__(expected, arrived)
        self.owner = owner
        self.asked = asked


class Missed(Failure):
    """The connection `owner` did not receive what has one of the `meanings`, and these values."""

    def __init__(
        self, arrived: Sequence[str], *, owner: str, meanings: Sequence[str], where: Mapping[str, object]
    ) -> None:
        asked = f" with {dict(where)!r}" if where else ""
        super().__init__(f"{owner} to receive {' or '.join(meanings)}{asked}", arrived)
        self.owner = owner
        self.meanings = tuple(meanings)
        self.where = where
