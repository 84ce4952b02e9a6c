"""The soak: what it is told, what it does in which order, and what it says."""

import random
from collections import Counter
from types import SimpleNamespace

import pytest

from palaver_conformance.evidence.checkers import Finding
from palaver_conformance.people.crowd import Figures
from palaver_conformance.running import soak as module
from palaver_conformance.running.soak import Result, Soak


def result(**changes: object) -> Result:
    """Return a result in which nothing was found."""
    values: dict = {
        "soak": Soak(seed=7),
        "figures": Figures(10, 50, 2, Counter({"RATE_LIMITED": 3})),
        "injected": Counter({"redis-restart": 2, "instance-kill": 1}),
        "findings": {"lost": [], "leak": []},
        "seconds": 60.4,
    }
    return Result(**(values | changes))


def test_report_has_the_figures_and_the_findings() -> None:
    """Figures, seed, faults and each checker's count are told, and the findings themselves."""
    text = result().report()
    for line in (
        "3 instances, 200 users, 60.4 s, seed 7",
        "messages acknowledged  10",
        "deliveries             50",
        "refused, then repeated 3 (RATE_LIMITED 3)",
        "faults injected        3 (instance-kill 1, redis-restart 2)",
        "lost                   0",
    ):
        assert line in text
    bad = result(findings={"lost": [Finding("lost", "message 5 is gone")], "leak": []})
    assert "lost: message 5 is gone" in bad.report()
    assert bad.report().endswith("NOT SOUND")


def test_soundness() -> None:
    """A finding, and a soak in which nothing was said, are not sound."""
    assert result().sound
    assert not result(findings={"lost": [Finding("lost", "x")]}).sound
    assert not result(figures=Figures(0, 0, 0)).sound


async def test_each_fault_comes_before_one_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults are drawn from a bag that is filled again when it is empty, at their times, by the seed."""
    done: list[str] = []

    def fault(name: str) -> object:
        async def act(*_: object) -> None:
            done.append(name)

        return act

    monkeypatch.setattr(module, "FAULTS", {name: ("instances", fault(name)) for name in "abc"})
    soak = Soak(seconds=0.07, every=0.01)
    injected = await module._break(SimpleNamespace(), "abc", soak, random.Random(3), lambda _: None)  # type: ignore[arg-type]
    assert injected == {"a": 2, "b": 2, "c": 2}
    assert sorted(done[:3]) == sorted(done[3:]) == ["a", "b", "c"]
    assert await module._break(SimpleNamespace(), [], soak, random.Random(3), print) == {}  # type: ignore[arg-type]
