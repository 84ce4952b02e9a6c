"""A judgement beside pytest."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from samples import outcome, run, scenario

from palaver_conformance.errors import Unreachable
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.pytest_plugin import judgement
from palaver_conformance.pytest_plugin.judgement import Judgement, NoOutcome
from palaver_conformance.report.summary import Run
from palaver_conformance.running.judging import Terms
from palaver_conformance.running.plan import Plan
from palaver_conformance.scenario import Scenario

FIRST, SECOND = scenario("a.b.1"), scenario("a.b.2")

Judge = Callable[[Callable[[Outcome], None]], Coroutine[Any, Any, Run]]
Begin = Callable[[Judge], Judgement]


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Return what makes a judgement of both scenarios by a judge of a few lines."""

    def prepared(judge: Judge) -> Judgement:
        async def whole(
            plan: Plan, scenarios: list[Scenario], terms: Terms, progress: Callable[[Outcome], None]
        ) -> Run:
            assert scenarios == [FIRST, SECOND]
            return await judge(progress)

        monkeypatch.setattr(judgement, "judge", whole)
        return Judgement(None, [FIRST, SECOND], Terms(7))  # type: ignore[arg-type] # this judge needs no plan

    return prepared


def passes(each: Scenario) -> Outcome:
    """Return the outcome of a scenario that passes."""
    return outcome(Verdict.PASS, scenario=each)


def test_outcomes_come_as_they_are_known(begin: Begin) -> None:
    """Each is there while others go on, in whatever order they are asked for; the run is there at the end."""
    asked = threading.Event()

    async def judge(progress: Callable[[Outcome], None]) -> Run:
        progress(passes(SECOND))
        await asyncio.to_thread(asked.wait)
        progress(passes(FIRST))
        return run(Verdict.PASS)

    going = begin(judge)
    assert not going.asked
    assert going.outcome(SECOND).scenario is SECOND
    going.begun()
    assert going.asked
    assert going.run is None
    asked.set()
    assert going.outcome(FIRST).scenario is FIRST
    assert going.whole() is going.run
    going.close()
    assert not going._thread.is_alive()


def test_closing_waits_for_a_run_that_is_complete(begin: Begin) -> None:
    """Servers take their time to stop: with all outcomes there, the rest of the run is not cut off."""
    stopping = threading.Event()

    async def judge(progress: Callable[[Outcome], None]) -> Run:
        progress(passes(FIRST))
        progress(passes(SECOND))
        await asyncio.to_thread(stopping.wait)
        return run(Verdict.PASS)

    going = begin(judge)
    going.outcome(FIRST)
    going.outcome(SECOND)
    threading.Timer(0.05, stopping.set).start()
    going.close()
    assert going.run is not None


def test_closing_ends_what_goes_on(begin: Begin) -> None:
    """What lacks outcomes is ended at once, and has tidied up before anybody goes on."""
    tidied = False

    async def judge(progress: Callable[[Outcome], None]) -> Run:
        nonlocal tidied
        progress(passes(FIRST))
        try:
            await asyncio.Event().wait()
        finally:
            tidied = True
        raise AssertionError

    going = begin(judge)
    going.outcome(FIRST)
    going.close()
    assert tidied
    assert going.run is None
    with pytest.raises(NoOutcome):
        going.outcome(SECOND)


def test_closing_ends_what_has_no_outcome_at_all(begin: Begin) -> None:
    """Nor does it wait for the smoke stage of a server that does not answer."""

    async def judge(progress: Callable[[Outcome], None]) -> Run:
        await asyncio.Event().wait()
        raise AssertionError

    going = begin(judge)
    going._start()
    going.close()
    with pytest.raises(NoOutcome):
        going.begun()


def test_closing_what_was_never_asked(begin: Begin) -> None:
    """Whoever asks nothing starts nothing."""

    async def judge(progress: Callable[[Outcome], None]) -> Run:
        raise AssertionError

    going = begin(judge)
    going.close()
    assert not going.asked


def test_what_is_raised_is_everybodys_answer(begin: Begin) -> None:
    """Whatever the judge raises reaches whoever asks."""

    async def judge(progress: Callable[[Outcome], None]) -> Run:
        raise Unreachable("nobody there")

    going = begin(judge)
    for ask in (going.begun, lambda: going.outcome(FIRST), going.whole):
        with pytest.raises(NoOutcome, match="nobody there") as found:
            ask()
        assert isinstance(found.value.why, Unreachable)
    going.close()


def test_server_that_goes_leaves_its_run(begin: Begin) -> None:
    """Scenarios without an outcome are answered with why the run was stopped; it is a run all the same."""

    async def judge(progress: Callable[[Outcome], None]) -> Run:
        progress(passes(FIRST))
        found = run(Verdict.PASS)
        return Run(found.specification, found.urls, found.outcomes, found.coverage, found.started, 1.0, stopped="gone")

    going = begin(judge)
    assert going.outcome(FIRST).verdict is Verdict.PASS
    with pytest.raises(NoOutcome, match="gone"):
        going.outcome(SECOND)
    assert going.whole().stopped == "gone"
    going.close()
