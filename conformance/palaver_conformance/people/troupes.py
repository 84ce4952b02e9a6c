"""Users who play in several scenarios, one after the other: to register costs a server more than all that follows.

A troupe plays as a whole and in one scenario at a time, so nobody with whom its people were ever in a conversation is
in another scenario meanwhile: what they bring along is rooms in which nobody talks any more.
"""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from palaver_conformance.scenario import BUSY, Scenario

if TYPE_CHECKING:
    from palaver_conformance.contract.model import Contract
    from palaver_conformance.people.account import Account

MOST: Final = 6
"""In how many scenarios a troupe plays: the rooms that it was in before are to cost nothing that anybody notices."""

REST: Final = 3.0
"""Seconds between two scenarios of a troupe: what one of its people may send in some time is theirs to send again."""

_CAPABILITIES: Final = frozenset({"matrix", "membership", "messages", "negatives", "protocol", "receipts", "rest"})
# Who is somebody, what they are in altogether, and what ends by itself some time after the scenario.
_ALONE: Final = ("account.", "conversation.create", "conversation.list", "typing.")
_NEW: Final = frozenset({"registered", "topology"})


def may_share(scenario: Scenario, contract: "Contract") -> bool:
    """Tell whether it makes no difference to a scenario, nor to the next one, that its people played in others.

    It is about one conversation and those who are in it, and not about accounts, sessions, who is online, limits, or
    all that somebody has; it leaves nothing behind that is told later; it sends no more than anybody may at any time.
    Where all conversations are of two, the same two would have the same one again.
    """
    return (
        contract.groups
        and scenario.capability in _CAPABILITIES
        and not any(need.startswith(_ALONE) for need in scenario.needs)
        and not _NEW & set(scenario.parameters)
        and BUSY not in scenario.tags
        and scenario.instances == 1
        and not scenario.slow
        and not scenario.disturbs
    )


@dataclass(eq=False)
class Troupe:
    """The accounts of people who play together, in the order in which scenarios ask for them."""

    accounts: "dict[int, Account]" = field(default_factory=dict)
    played: int = 0
    since: float = 0.0
    _asked: int = 0

    def begin(self) -> None:
        """Begin with a scenario."""
        self._asked = 0

    def place(self) -> int:
        """Return the place in the troupe of the next one whom the scenario asks for."""
        self._asked += 1
        return self._asked - 1


class Troupes:
    """Troupes, each lent to one scenario at a time. Those in whose scenario anything was wrong do not come back."""

    def __init__(self, rest: float = REST) -> None:
        self._rest = rest
        self._free: list[Troupe] = []

    def lend(self) -> Troupe:
        """Return the troupe that has rested longest, or a new one, in which there is nobody yet."""
        rested = self._free and time.monotonic() - self._free[0].since >= self._rest
        troupe = self._free.pop(0) if rested else Troupe()
        troupe.begin()
        return troupe

    def take_back(self, troupe: Troupe) -> None:
        """Let another scenario have a troupe, unless it has played enough."""
        troupe.played += 1
        troupe.since = time.monotonic()
        if troupe.played < MOST:
            self._free.append(troupe)
