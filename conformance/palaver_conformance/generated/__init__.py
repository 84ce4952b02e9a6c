"""Scenarios that are generated from the documents: a few rules, and every operation that they are about.

Without documents they are for every meaning and every transport. `those_for` leaves those that some documents are for.
"""

from collections.abc import Sequence

from palaver_conformance.contract.model import Contract
from palaver_conformance.generated import machine, matrix, negatives, rest
from palaver_conformance.scenario import Scenario

_WORTH_TRYING = {
    matrix.CAPABILITY: matrix.worth_trying,
    negatives.CAPABILITY: negatives.worth_trying,
    rest.CAPABILITY: rest.worth_trying,
}
CAPABILITIES = frozenset(_WORTH_TRYING)


def generated() -> list[Scenario]:
    """Return every scenario that can be generated."""
    return [*matrix.matrix(), *negatives.negatives(), *rest.rest(), *machine.machine()]


def those_for(contract: Contract, scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Return the scenarios without the generated ones that are for nothing that the documents have."""
    return [each for each in scenarios if each.capability not in CAPABILITIES or _is_for(contract, each)]


def _is_for(contract: Contract, scenario: Scenario) -> bool:
    """Tell whether the documents have the operation that a scenario was generated for: the first of its needs."""
    means, _, via = scenario.needs[0].partition("@")
    found = (each for each in contract.operations if (each.means, each.via) == (means, via))
    return any(_WORTH_TRYING[scenario.capability](contract, each) for each in found)
