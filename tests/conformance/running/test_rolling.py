"""The rolling restart: what it is told, what it takes for failed, and what it says."""

from types import SimpleNamespace

from palaver_conformance.evidence.checkers import Finding
from palaver_conformance.people.crowd import Figures
from palaver_conformance.running import rolling as module
from palaver_conformance.running.rolling import Restart, Result, Rolling


def result(**changes: object) -> Result:
    """Return a result in which nothing was found."""
    values: dict = {
        "rolling": Rolling(seed=7),
        "figures": Figures(10, 50, 2, sent=10, repeated=3),
        "restarts": [Restart(1, 0, 0.5), Restart(2, 0, 0.25)],
        "findings": {"lost": [], "leak": []},
        "seconds": 60.4,
    }
    return Result(**(values | changes))


def test_report_has_the_figures_and_the_findings() -> None:
    """Figures, seed, each instance's end and each checker's count are told, and the findings themselves."""
    text = result().report()
    for line in (
        "3 instances, 60 users, 60.4 s",
        "seed                   7",
        "instance 2 drained in 0.25 s, exit code 0",
        "sends                  10",
        "failed sends           0",
        "3 repeated after a reconnect",
        "lost                   0",
    ):
        assert line in text
    bad = result(findings={"lost": [Finding("lost", "message 5 is gone")], "leak": []})
    assert "lost: message 5 is gone" in bad.report()
    assert bad.report().endswith("NOT SOUND")


def test_soundness() -> None:
    """A finding, a send without an end, an instance that had to be killed, and silence are not sound."""
    assert result().sound
    assert not result(findings={"lost": [Finding("lost", "x")]}).sound
    assert not result(figures=Figures(9, 50, 2, sent=10)).sound
    assert not result(figures=Figures(0, 0, 0)).sound
    assert not result(restarts=[Restart(1, 0, 0.5), Restart(2, -9, 10.0)]).sound
    assert not result(restarts=[]).sound


async def test_one_instance_after_the_other() -> None:
    """An instance is told to stop when the one before answers again, in each round."""
    done: list[str] = []

    class Instance:
        def __init__(self, number: int) -> None:
            self.number = number
            self.process = SimpleNamespace(stop=self._stop, returncode=number)

        async def _stop(self) -> None:
            done.append(f"stop {self.number}")

        async def start(self) -> None:
            done.append(f"start {self.number}")

        async def ready(self, contract: object, timing: object) -> None:
            done.append(f"ready {self.number}")

    topology = SimpleNamespace(instances=[Instance(1), Instance(2)], contract=None, timing=None)
    told: list[str] = []
    restarts = await module._roll(topology, Rolling(quiet=0, rounds=2), told.append)  # type: ignore[arg-type]
    once = ["stop 1", "start 1", "ready 1", "stop 2", "start 2", "ready 2"]
    assert done == once * 2
    assert [(each.instance, each.code) for each in restarts] == [(1, 1), (2, 2)] * 2
    assert len(told) == 4
