"""Workloads are consistent with who can do them."""

import pytest
from versus.contestants import CONTESTANTS, OURS
from versus.workloads import FIGURES, QUICK, STANDARD, WORKLOADS


@pytest.mark.parametrize("name", WORKLOADS)
def test_who_takes_part_can_do_it(name: str) -> None:
    """Ours is first, in both ways; all have the storage, and share rooms between instances if there are several."""
    workload = WORKLOADS[name]
    assert workload.contestants[:2] == (OURS, "interpreted")
    for each in workload.contestants:
        assert workload.storage in CONTESTANTS[each].storages, each
        assert workload.instances == 1 or CONTESTANTS[each].spreads, each
    assert set(workload.figures) <= set(FIGURES)


def test_selections_name_workloads() -> None:
    """What `make bench` and `make bench-quick` take is there."""
    assert set(QUICK) < set(STANDARD) < set(WORKLOADS)
