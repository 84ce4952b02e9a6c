"""A whole run, as the reports show it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from palaver_conformance.coverage import Coverage
from palaver_conformance.verdict import Outcome, Verdict, exit_code


@dataclass(frozen=True)
class Run:
    """What was run against what, and what came of it."""

    specification: str
    urls: Sequence[str]
    outcomes: Sequence[Outcome]
    coverage: Coverage
    seconds: float

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many scenarios ended with each verdict."""
        found = Counter(outcome.verdict for outcome in self.outcomes)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def exit_code(self) -> int:
        """What the command ends with."""
        return exit_code(self.outcomes)
