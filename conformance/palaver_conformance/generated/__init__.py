"""Scenarios that are generated from the documents: a few rules, and every operation that they are about.

Without documents they are for every meaning and every transport. `those_for` leaves those that some documents are for.
"""

from collections.abc import Sequence

from palaver_conformance.contract.model import Contract
from palaver_conformance.generated import matrix
from palaver_conformance.scenario import Scenario

CAPABILITIES = (matrix.CAPABILITY,)


def generated() -> list[Scenario]:
    """Return every scenario that can be generated."""
    return matrix.matrix()


def those_for(contract: Contract, scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Return the scenarios without the generated ones for operations that the documents do not have."""
    return [each for each in scenarios if each.capability not in CAPABILITIES or not contract.missing(each.needs)]
