"""The wire log of a scenario: every packet of its connections, with time, direction and secrets taken out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from palaver_conformance.redaction import Redaction

_LONGEST = 400

Direction = Literal["->", "<-", "--"]


@dataclass(frozen=True)
class Entry:
    """One packet (`->` sent to the server, `<-` received from it) or a note (`--`), seconds after the start."""

    at: float
    connection: str
    direction: Direction
    text: str

    def __str__(self) -> str:
        return f"{self.at:8.3f}  {self.connection:<14} {self.direction} {self.text}"


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

    def lines(self) -> list[str]:
        """Return the log as text, one line for each entry, long ones cut."""
        shown = []
        for entry in self.entries:
            line = self.redact(str(entry)).replace("\n", "\\n")
            more = len(line) - _LONGEST
            shown.append(f"{line[:_LONGEST]}… ({more} more)" if more > 0 else line)
        return shown

    def wire(self, connection: str) -> "Wire":
        """Return the part of the log that one connection writes to."""
        return Wire(self, connection)

    def add(self, connection: str, direction: Direction, text: str) -> None:
        """Append an entry."""
        self.entries.append(Entry(self.clock() - self._start, connection, direction, text))
        if self.limit is not None and len(self.entries) > 2 * self.limit:
            del self.entries[: -self.limit]


@dataclass(frozen=True)
class Wire:
    """One connection's pen for the log."""

    trace: Trace
    connection: str

    def sent(self, text: str) -> None:
        """Record what went to the server."""
        self.trace.add(self.connection, "->", text)

    def received(self, text: str) -> None:
        """Record what came from the server."""
        self.trace.add(self.connection, "<-", text)

    def note(self, text: str) -> None:
        """Record what happened to the connection itself."""
        self.trace.add(self.connection, "--", text)
