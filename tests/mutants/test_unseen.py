"""What no client can see is switched off, and a test sees that; `make mutants` tries them all."""

import ast
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from mutants import unseen
from mutants.trial import UNBROKEN
from mutants.unseen import UNSEEN, false_alarms, survives

ROOT = Path(__file__).parents[2]
QUICK = UNSEEN["charges-somebody-for-everybody"]


async def test_a_mutant_is_killed_by_its_test_alone() -> None:
    """The test fails with the mutant and for its reason; one of something else passes, and kills nothing."""
    assert await survives(QUICK) is None
    elsewhere = "tests/runtime/test_fairness.py::test_what_is_not_used_is_not_saved"
    assert await survives(replace(QUICK, killer=elsewhere)) == f"{elsewhere}: passes"


@pytest.mark.parametrize(
    ("code", "told"), [(1, "fails, but not because of '(account, None,'"), (2, "could not be run: something else")]
)
async def test_anything_else_is_survived(monkeypatch: pytest.MonkeyPatch, code: int, told: str) -> None:
    """A failure for another reason, and a test that was not run, kill nothing."""

    async def run(handle: str, tests: Sequence[str]) -> tuple[int, str]:
        return code, "something else"

    monkeypatch.setattr(unseen, "_run", run)
    assert told in str(await survives(QUICK))


async def test_an_alarm_is_told() -> None:
    """What does not pass where nothing is broken, for whatever reason."""
    alarms = await false_alarms(UNBROKEN, [QUICK.killer, "tests/runtime/test_gone.py::test_gone"])
    assert len(alarms) == 1
    assert "test_gone.py" in alarms[0]


def test_every_mutant_names_a_test_and_a_reason() -> None:
    """Of a function that is there."""
    for each in UNSEEN.values():
        path, _, test = each.killer.partition("::")
        tree = ast.parse((ROOT / path).read_text())
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert test.partition("[")[0] in names, each.name
        assert each.because, each.name
