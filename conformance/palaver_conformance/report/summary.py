"""A whole run, as the reports show it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from palaver_conformance.evidence.coverage import Coverage
from palaver_conformance.evidence.verdict import Outcome, Verdict, exit_code
from palaver_conformance.report.comparison import Comparison


@dataclass(frozen=True)
class Run:
    """What was run against what, and what came of it.

    `subject` is what the server is called, if it is. `stopped` says why the run ended early, in which case `left`
    scenarios have no outcome. `complaints` are about entries of the ledger of known failures. `comparison` is with an
    earlier run, if there is one.
    """

    specification: str
    urls: Sequence[str]
    outcomes: Sequence[Outcome]
    coverage: Coverage
    started: datetime
    seconds: float
    subject: str = ""
    seed: int | None = None
    stopped: str = ""
    left: int = 0
    complaints: Sequence[str] = ()
    comparison: Comparison | None = None

    @property
    def versions(self) -> dict[str, str]:
        """The versions of the judge and of the documents, by what they are of."""
        return {"palaver": version("palaver"), **self.coverage.contract.versions}

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many scenarios ended with each verdict."""
        found = Counter(outcome.verdict for outcome in self.outcomes)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def conclusion(self) -> str:
        """What the run came to, in a word or two."""
        if self.stopped:
            return "stopped"
        return {0: "conformant", 3: "harness error"}.get(self.exit_code, "not conformant")

    @property
    def tally(self) -> str:
        """The counts of the verdicts that there are, in one line."""
        return ", ".join(f"{count} {verdict}" for verdict, count in self.counts.items() if count) or "nothing ran"

    @property
    def title(self) -> str:
        """What was judged, by which documents."""
        return f"{self.subject}, {self.specification}" if self.subject else self.specification

    @property
    def exit_code(self) -> int:
        """What the command ends with."""
        if self.stopped:
            return 3
        return exit_code(self.outcomes) or int(bool(self.complaints))
