"""What everybody in a scenario shares: the server, its contract, the judge, the log and the patience."""

from dataclasses import dataclass
from functools import cached_property

from palaver_conformance.contract.model import Contract
from palaver_conformance.oracle import Oracle
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing
from palaver_conformance.trace import Trace
from palaver_conformance.witness import Witness


@dataclass(frozen=True)
class Setting:
    """The surroundings of one scenario."""

    subject: Subject
    contract: Contract
    oracle: Oracle
    trace: Trace
    timing: Timing

    @cached_property
    def witness(self) -> Witness:
        """Who watches everybody."""
        return Witness(self.contract.codes)
