"""What a broken server is, to its judge: whichever server it is, and however it was broken."""

from dataclasses import dataclass
from enum import StrEnum

from servers.conditions import USUAL, Conditions

from palaver_conformance.evidence.verdict import Outcome, Verdict


class Tier(StrEnum):
    """How much it takes to see that a server is broken."""

    PLAIN = "plain"
    """One request, or the event that follows from it."""
    SUBTLE = "subtle"
    """One in many, some at the same time, or something that comes with time."""
    INSTANCES = "instances"
    """People on different instances."""
    FAULTS = "faults"
    """Something else that breaks: an instance, Redis, the database, a clock."""


@dataclass(frozen=True, kw_only=True)
class Defect:
    """A way to be broken.

    `killer` is the id of the scenario that has to fail, over so many instances, against the documents of `dialect`, and
    under `conditions`, if it can be under some.
    What it fails with has to have `because` in it, so that nothing is killed by an accident: a piece of what was
    expected or of what arrived, or the id of the checker with a colon.
    """

    name: str
    killer: str
    because: str
    tier: Tier = Tier.PLAIN
    dialect: str = "gateway"
    instances: int = 1
    conditions: Conditions = USUAL

    @property
    def handle(self) -> str:
        """What the server is told, to be broken in this way."""
        return self.name

    def survives(self, outcome: Outcome) -> str | None:
        """Say how it comes through what its killer found; None when that has killed it."""
        if outcome.verdict is not Verdict.FAIL:
            return f"{self.killer}: {outcome.verdict}{': ' * bool(outcome.reason)}{outcome.reason}"
        found = "\n".join((outcome.reason, *outcome.arrived))
        if self.because not in found:
            return f"{self.killer} fails, but not because of {self.because!r}: {found}"
        return None
