"""Which parts of the documents a run has exercised."""

from collections import Counter
from dataclasses import dataclass, field

from palaver_conformance.contract.model import Contract


@dataclass
class Coverage:
    """Counts of what was seen on the wire.

    An operation counts when it was carried out at least once; one that was only ever refused was not exercised.
    """

    contract: Contract
    _done: Counter[str] = field(default_factory=Counter)
    _events: Counter[str] = field(default_factory=Counter)
    _codes: Counter[str] = field(default_factory=Counter)

    def carried_out(self, operation: str) -> None:
        """Count a success of the operation with this wire name."""
        self._done[operation] += 1

    def event(self, name: str) -> None:
        """Count an event."""
        self._events[name] += 1

    def refused(self, code: str) -> None:
        """Count a refusal."""
        self._codes[code] += 1

    def table(self) -> dict[str, dict[str, int]]:
        """Return, for operations, events and codes, how often each one of the documents was seen."""
        return {
            "operations": {each.name: self._done[each.name] for each in self.contract.operations},
            "events": {each.name: self._events[each.name] for each in self.contract.events},
            "errors": {code: self._codes[code] for code in self.contract.codes},
        }

    def summary(self) -> str:
        """Return one line: how much was exercised, and what was not."""
        parts = []
        for kind, counts in self.table().items():
            missed = [name for name, count in counts.items() if not count]
            part = f"{kind} {len(counts) - len(missed)}/{len(counts)}"
            parts.append(f"{part} (not {', '.join(missed)})" if missed else part)
        return "; ".join(parts)
