"""Workloads are consistent with who can do them."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from versus import workloads
from versus.client import Answer, LoadClient, LoadError
from versus.contestants import CONTESTANTS, OURS, Running
from versus.programs import Instance
from versus.race import entered
from versus.workloads import FIGURES, QUICK, STANDARD, WORKLOADS, resting


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
    for name, against in (*QUICK.items(), *STANDARD.items()):
        assert set(against) <= set(CONTESTANTS)
        assert len(entered(WORKLOADS[name], against)) > 2, name


def test_connections_are_set_up_by_servers_that_have_set_up_8000() -> None:
    """The page says so."""
    connect = WORKLOADS["connect"]
    before = sum(each.startswith("open") for each in connect.prepare) + connect.warm_ups
    assert before * connect.crowd.connections == 8_000


class Silent(LoadClient):
    """Whom a server has nothing to do for."""

    def __init__(self) -> None:
        pass

    async def tell(self, command: str) -> Answer:
        """Do nothing."""
        return Answer(command, 1.0, 1, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture
def busy() -> Iterator[Running]:
    """A server that is always at work."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield Running([Instance(0, process.pid)], [])
        finally:
            process.kill()


async def test_a_server_that_never_rests_is_not_waited_for(busy: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bench that is to show what idleness costs ends, and says why."""
    monkeypatch.setattr(workloads, "PATIENCE", 0.5)
    monkeypatch.setattr(workloads, "CALM_SECONDS", 0.2)
    with pytest.raises(LoadError, match="still at work after"):
        await resting(Silent(), busy, 0.0)
