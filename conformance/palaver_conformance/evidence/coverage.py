"""Which parts of the documents a run has exercised."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from palaver_conformance.contract.model import Contract, HttpOperation

_SERVERS_FAULT = 500


@dataclass(frozen=True)
class Item:
    """A part of the documents: how often it was seen, and the excuse why it may well not be."""

    name: str
    count: int
    excuse: str


@dataclass
class Coverage:
    """Counts of what was seen on the wire.

    An operation counts when it was carried out at least once; one that was only ever refused was not exercised.
    `frames` is how many requests, answers and events were judged in all.
    """

    contract: Contract
    frames: int = 0
    _done: Counter[str] = field(default_factory=Counter)
    _events: Counter[str] = field(default_factory=Counter)
    _codes: Counter[str] = field(default_factory=Counter)
    _statuses: Counter[int] = field(default_factory=Counter)

    def judged(self) -> None:
        """Count a frame, whichever way it went."""
        self.frames += 1

    def carried_out(self, operation: str) -> None:
        """Count a success of the operation with this wire name."""
        self._done[operation] += 1

    def event(self, name: str) -> None:
        """Count an event."""
        self._events[name] += 1

    def refused(self, code: str) -> None:
        """Count a refusal."""
        self._codes[code] += 1

    def answered(self, status: int) -> None:
        """Count the status of an answer to a request."""
        self._statuses[status] += 1

    def table(self) -> dict[str, dict[str, int]]:
        """Return, for operations, events, statuses and codes, how often each one of the documents was seen."""
        declared = {
            status for each in self.contract.operations if isinstance(each, HttpOperation) for status in each.answers
        }
        return {
            "operations": {each.name: self._done[each.name] for each in self.contract.operations},
            "events": {each.name: self._events[each.name] for each in self.contract.events},
            "statuses": {str(status): self._statuses[status] for status in sorted(declared)},
            "errors": {code: self._codes[code] for code in self.contract.codes},
        }

    def why_not(self, name: str) -> str:
        """Return why a run may well miss a status or a code, empty where it should not."""
        status = int(name) if name.isdecimal() else self.contract.codes.get(name, 0)
        return "only a server that fails has it" if status >= _SERVERS_FAULT else ""

    def items(self) -> dict[str, list[Item]]:
        """Return the same with the excuses."""
        return {
            kind: [Item(name, count, "" if count else self.why_not(name)) for name, count in counts.items()]
            for kind, counts in self.table().items()
        }

    def summary(self) -> str:
        """Return one line: how much was exercised, and what was not."""
        parts = []
        for kind, counts in self.table().items():
            missed = [name for name, count in counts.items() if not count]
            part = f"{kind} {len(counts) - len(missed)}/{len(counts)}"
            parts.append(f"{part} ({'; '.join(self._missed(missed))})" if missed else part)
        return "; ".join(parts)

    def _missed(self, names: Sequence[str]) -> Iterator[str]:
        """Yield what was not exercised: what has no excuse first, then the rest with its own."""
        excuses: dict[str, list[str]] = {}
        for name in names:
            excuses.setdefault(self.why_not(name), []).append(name)
        for excuse, listed in sorted(excuses.items()):
            yield f"not {', '.join(listed)}{f': {excuse}' if excuse else ''}"
