"""What everybody in a scenario shares: the server, its contract, the judge, the log and the patience."""

from dataclasses import dataclass, field
from functools import cached_property

from palaver_conformance.contract.model import Contract
from palaver_conformance.oracle import Oracle
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing
from palaver_conformance.trace import Trace
from palaver_conformance.witness import Witness


@dataclass(frozen=True)
class Setting:
    """The surroundings of one scenario.

    `openings` are the messages without which a conversation would not be there, where it takes one to make it: they
    belong to the stage, and no scenario sees them in a history.
    """

    subject: Subject
    contract: Contract
    oracle: Oracle
    trace: Trace
    timing: Timing
    openings: set[str] = field(default_factory=set)

    @cached_property
    def witness(self) -> Witness:
        """Who watches everybody."""
        return Witness(self.contract.codes)
