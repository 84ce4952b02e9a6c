"""Contestants take turns."""

import dataclasses
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from versus.client import LoadClient
from versus.contestants import CONTESTANTS, Running, Setting
from versus.cores import Cores
from versus.crowd import Crowd
from versus.programs import StartError
from versus.race import WARM_UP, Place, entered, race
from versus.workloads import WORKLOADS, Figures, Workload

SMALL = dataclasses.replace(WORKLOADS["ack-1"], crowd=Crowd(1, 1), contestants=("limit", "limit-together"))


@pytest.fixture
def place(compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return where races take place, with everybody on the processor where they are."""
    monkeypatch.setattr(Cores, "give_to_server", lambda *_: None)
    return Place(Cores(0, 0), compiled / "load", tmp_path)


def noted(warm_ups: int) -> tuple[list[tuple[int, float]], Workload]:
    """Return a small workload, and the process and the seconds of each turn that it will have had."""
    turns: list[tuple[int, float]] = []

    async def round_(load: LoadClient, running: Running, seconds: float) -> Figures:
        turns.append((running.instances[0].pid, seconds))
        return await SMALL.round(load, running, seconds)

    return turns, dataclasses.replace(SMALL, contestants=("limit",), round=round_, warm_ups=warm_ups)


async def test_turns_alternate(place: Place) -> None:
    """A B A B, so that a machine that is slow for a while is so for both."""
    turns: list[str] = []
    outcome = await race(SMALL, SMALL.contestants, 2, 0.02, place, turns.append)
    assert turns == [f"{name}, round {each} of 2" for each in (1, 2) for name in SMALL.contestants]
    assert {name: len(rounds) for name, rounds in outcome.rounds.items()} == {"limit": 2, "limit-together": 2}
    assert outcome.failures == {}
    assert all(each["rate"] > 0 for rounds in outcome.rounds.values() for each in rounds)


@pytest.mark.parametrize("warm_ups", [0, 2])
async def test_what_warms_up_does_not_count(place: Place, warm_ups: int) -> None:
    """It comes before the first round, as often as the workload says, and takes longer."""
    turns, workload = noted(warm_ups)
    outcome = await race(workload, workload.contestants, 2, 0.02, place, lambda _: None)
    assert [seconds for _, seconds in turns] == [WARM_UP * 0.02] * warm_ups + [0.02] * 2
    assert len({pid for pid, _ in turns}) == 1
    assert len(outcome.rounds["limit"]) == 2


async def test_everybody_can_be_started_for_each_round(place: Place) -> None:
    """Each of these servers warms up, too."""
    turns, workload = noted(1)
    outcome = await race(workload, workload.contestants, 2, 0.02, place, lambda _: None, anew=True)
    assert [seconds for _, seconds in turns] == [WARM_UP * 0.02, 0.02] * 2
    assert len({pid for pid, _ in turns}) == 2
    assert len(outcome.rounds["limit"]) == 2


async def test_who_fails_is_named_and_the_others_go_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that does not start is out of it, and the outcome says why."""

    def start(_setting: Setting, _instances: int) -> AbstractAsyncContextManager[Running]:
        raise StartError("no way")

    monkeypatch.setitem(CONTESTANTS, "limit-together", dataclasses.replace(CONTESTANTS["limit"], start=start))  # type: ignore[arg-type]
    turns: list[str] = []
    outcome = await race(SMALL, SMALL.contestants, 2, 0.02, place, turns.append)
    assert outcome.failures == {"limit-together": "no way"}
    assert len(outcome.rounds["limit"]) == 2
    assert len(turns) == 3


async def test_what_else_is_to_be_there_is_before_anybody_connects(place: Place) -> None:
    """It is given the database, and who runs."""
    told: list[tuple[str, int]] = []

    async def furnish(url: str, running: Running) -> None:
        told.append((url.partition(":")[0], len(running.instances)))

    workload = dataclasses.replace(SMALL, contestants=("limit",), furnish=furnish, prepare=("no such command",))
    outcome = await race(workload, workload.contestants, 1, 0.02, place, lambda _: None)
    assert "no command" in outcome.failures["limit"]
    assert told == [("sqlite", 1)]


def test_ours_always_takes_part() -> None:
    """`--against` chooses among the peers."""
    workload: Workload = WORKLOADS["fan-100"]
    assert entered(workload, ["limit", "node"]) == ["palaver", "node", "limit"]
    assert entered(workload, workload.contestants) == list(workload.contestants)
