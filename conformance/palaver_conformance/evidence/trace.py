"""The wire log of a scenario: every packet of its connections, with time, direction and secrets taken out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from palaver_conformance.evidence.redaction import Redaction

_LONGEST = 2000

STAGED: Final = "the stage is set"
ENDED: Final = "the scenario has ended"

Direction = Literal["->", "<-", "--", "==", "!!"]


@dataclass(frozen=True)
class Entry:
    """One packet, sent to the server (`->`) or received from it (`<-`), or a remark, seconds after the start.

    A remark is a note on a connection (`--`), a mark that parts the scenario (`==`: STAGED or ENDED), or what the judge
    objects to (`!!`); the last two belong to no connection. `instance` is the number of the server that the connection
    leads to, from 0.
    """

    at: float
    connection: str
    direction: Direction
    text: str
    instance: int = 0

    def __str__(self) -> str:
        text = self.text.replace("\n", "\\n")
        return f"{self.at:8.3f}  {self.connection:<14} {self.direction} {text}"


@dataclass
class Trace:
    """What went over the wire, in the order in which the harness saw it.

    With a `limit` only about so many of the latest entries are kept.
    """

    entries: list[Entry] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic
    limit: int | None = None
    redaction: Redaction = field(default_factory=Redaction)
    _start: float = field(init=False)

    def __post_init__(self) -> None:
        self._start = self.clock()

    def hide(self, secret: str) -> None:
        """Keep a token or password out of everything that is shown from now on, entries so far included."""
        self.redaction.hide(secret)

    def redact(self, text: str) -> str:
        """Return the text without secrets."""
        return self.redaction.redact(text)

    def shown(self) -> list[Entry]:
        """Return the log as it may be shown: without secrets, long texts cut."""
        return [replace(entry, text=shortened(self.redact(entry.text), _LONGEST)) for entry in self.entries]

    def wire(self, connection: str, instance: int = 0) -> "Wire":
        """Return the part of the log that one connection, to one instance of the server, writes to."""
        return Wire(self, connection, instance)

    def mark(self, text: str) -> None:
        """Part what was from what comes."""
        self.add("", "==", text)

    def object(self, text: str) -> None:
        """Record what the judge objects to."""
        self.add("", "!!", text)

    def add(self, connection: str, direction: Direction, text: str, instance: int = 0) -> None:
        """Append an entry."""
        self.entries.append(Entry(self.clock() - self._start, connection, direction, text, instance))
        if self.limit is not None and len(self.entries) > 2 * self.limit:
            del self.entries[: -self.limit]


@dataclass(frozen=True)
class Wire:
    """One connection's pen for the log."""

    trace: Trace
    connection: str
    instance: int = 0

    def sent(self, text: str) -> None:
        """Record what went to the server."""
        self.trace.add(self.connection, "->", text, self.instance)

    def received(self, text: str) -> None:
        """Record what came from the server."""
        self.trace.add(self.connection, "<-", text, self.instance)

    def note(self, text: str) -> None:
        """Record what happened to the connection itself."""
        self.trace.add(self.connection, "--", text, self.instance)


def shortened(text: str, longest: int) -> str:
    """Return the text cut to so many characters, with a word on how many are missing."""
    more = len(text) - longest
    return f"{text[:longest]}… ({more} more)" if more > 0 else text
