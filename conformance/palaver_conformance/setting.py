"""What everybody in a scenario shares: the server, its contract, the judge, the log and the patience."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.oracle import Oracle
from palaver_conformance.evidence.trace import Trace
from palaver_conformance.evidence.witness import Witness
from palaver_conformance.people.issuers import Issued
from palaver_conformance.people.troupes import Troupe
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing

EXAMPLES: Final = 6
"""How often something random is tried where nobody says how often."""

_SHRINKING: Final = 6.0


@dataclass(frozen=True)
class Setting:
    """The surroundings of one scenario.

    What is random in it comes from `seed`, so that it can be repeated, and is tried with so many `examples`.
    `openings` are the messages without which a conversation would not be there, where it takes one to make it: they
    belong to the stage, and no scenario sees them in a history. `issued` are the users who came from an issuer. A
    `troupe` plays where nobody has to be new.
    """

    subject: Subject
    contract: Contract
    oracle: Oracle
    trace: Trace
    timing: Timing
    seed: str = ""
    examples: int = EXAMPLES
    openings: set[str] = field(default_factory=set)
    issued: list[Issued] = field(default_factory=list)
    troupe: Troupe | None = None

    @property
    def search_time(self) -> float:
        """For how many seconds something random is tried, with time to spare."""
        return self.timing.scenario / 4 * self._depth

    @property
    def shrinking_time(self) -> float:
        """For how many seconds what failed is made smaller: nobody waits longer for it, on a slow machine neither."""
        return _SHRINKING * self._depth

    @property
    def _depth(self) -> float:
        return max(1.0, self.examples / EXAMPLES)

    @cached_property
    def witness(self) -> Witness:
        """Who watches everybody."""
        return Witness(self.contract.codes)
