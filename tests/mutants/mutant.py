"""A mutant: a function that breaks one thing in this process before the server starts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from mutants.defect import Defect, Tier
from servers.conditions import USUAL, Conditions

Sabotage: TypeAlias = Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Mutant(Defect):
    """A way for the reference server to be broken."""

    sabotage: Sabotage

    @property
    def handle(self) -> str:
        """What serve.py is told: the module in the catalogue, and the name."""
        return f"{self.sabotage.__module__.rpartition('.')[2]}:{self.name}"


def mutant(
    killer: str,
    because: str,
    *,
    tier: Tier = Tier.PLAIN,
    dialect: str = "gateway",
    instances: int = 1,
    conditions: Conditions = USUAL,
) -> Callable[[Sabotage], Mutant]:
    """Make a mutant of a function; its name is the function's."""

    def wrap(sabotage: Sabotage) -> Mutant:
        return Mutant(
            name=sabotage.__name__.replace("_", "-"),
            killer=killer,
            because=because,
            tier=tier,
            dialect=dialect,
            instances=instances,
            conditions=conditions,
            sabotage=sabotage,
        )

    return wrap
