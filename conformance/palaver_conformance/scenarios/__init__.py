"""The scenarios, by capability."""

from palaver_conformance.generated import generated
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import (
    auth,
    bounds,
    calls,
    capacity,
    changes,
    clocks,
    conversations,
    credentials,
    crowding,
    faults,
    forgeries,
    framing,
    instances,
    limits,
    membership,
    messages,
    origins,
    patience,
    presence,
    protocol,
    receipts,
    sync,
    typing,
)

_MODULES = (
    auth,
    forgeries,
    conversations,
    membership,
    messages,
    calls,
    changes,
    sync,
    receipts,
    typing,
    presence,
    protocol,
    limits,
    credentials,
    origins,
    bounds,
    framing,
    capacity,
    patience,
    crowding,
    instances,
    faults,
    clocks,
)


def all_scenarios() -> list[Scenario]:
    """Return every scenario, in the order in which the modules and their functions stand, the generated ones last."""
    written = [each for module in _MODULES for each in vars(module).values() if isinstance(each, Scenario)]
    return [*written, *generated()]
