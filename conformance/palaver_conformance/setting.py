"""What everybody in a scenario shares: the server, its contract, the judge, the log and the patience."""

from dataclasses import dataclass, field

from palaver_conformance.contract.model import Contract
from palaver_conformance.oracle import Oracle
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing
from palaver_conformance.trace import Trace


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
