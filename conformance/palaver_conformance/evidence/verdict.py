"""What came of a scenario."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from palaver_conformance.evidence.trace import Entry
from palaver_conformance.scenario import Scenario


class Verdict(StrEnum):
    """The possible ends of a scenario."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    KNOWN_FAILURE = "known-failure"
    NOT_APPLICABLE = "not-applicable"
    UNTESTABLE = "untestable"
    HARNESS_ERROR = "harness-error"


@dataclass(frozen=True)
class Outcome:
    """A scenario's verdict, with the evidence.

    `reason` says in one line why it is not a pass; `expected` is what of that was expected of the server, empty where
    it is no matter of expectation. `arrived` lists what came instead, and `wire` is the log of the scenario's
    connections (all empty for a pass). `seconds` is how long it took. Of a scenario that was repeated it is the worst
    outcome, and `tally` says how often it ended how.
    """

    scenario: Scenario
    verdict: Verdict
    seconds: float
    reason: str = ""
    expected: str = ""
    arrived: Sequence[str] = ()
    wire: Sequence[Entry] = ()
    tally: Mapping[Verdict, int] = field(default_factory=dict)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return 0 when the server conforms, 1 when it does not, 3 when the harness failed.

    A suite in which nothing was proven (no scenario ran, or none applied) is not conformant. Known failures do not
    count.
    """
    verdicts = {outcome.verdict for outcome in outcomes}
    if Verdict.HARNESS_ERROR in verdicts:
        return 3
    if verdicts & {Verdict.FAIL, Verdict.UNTESTABLE} or Verdict.PASS not in verdicts:
        return 1
    return 0
