"""Judging one server."""

import shlex
import sys
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from peers import greet, peer
from samples import bundle, scenario
from websockets.asyncio.server import ServerConnection

from palaver_codegen.documents.problems import Place
from palaver_conformance.commandline import CommandLine
from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.errors import Failure, Unreachable
from palaver_conformance.evidence.ledger import Entry, Ledger
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.hook import Hook
from palaver_conformance.limits import Limits
from palaver_conformance.people.stage import Stage
from palaver_conformance.report.summary import Run
from palaver_conformance.running.judging import Terms, judge
from palaver_conformance.running.plan import Plan
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.timing import Timing


async def greets(socket: ServerConnection) -> None:
    """Greet everybody as the documents have it."""
    await greet(socket)
    await socket.send('42["hello",{"who":"x"}]')
    await socket.wait_closed()


def plan(url: str, **changes: object) -> Plan:
    """Return a plan for a server of which the documents have no REST side."""
    known = read_bundle({**bundle(), "openapi": None})
    return Plan(known, urls=(url,), secret="s", timing=Timing(0.1), **changes)


async def judged(plan: Plan, *scenarios: Scenario, **terms: object) -> Run:
    """Judge, and let nobody watch."""
    return await judge(plan, scenarios, Terms(seed=7, **terms), lambda _: None)


async def test_plan_reaches_the_scenarios() -> None:
    """A scenario finds the limits that are expected, and the run says what the server is called, and the seed."""
    seen = []

    async def act(stage: Stage) -> None:
        seen.append(stage.setting.subject.limits)

    async with peer(greets) as url:
        run = await judged(plan(url, name="ours", limits=Limits(messages=5)), scenario(act=act, parameters=("stage",)))
    assert seen == [Limits(messages=5)]
    assert (run.subject, run.seed, run.exit_code, run.urls) == ("ours", 7, 0, (url,))


async def test_wrong_server_is_not_judged() -> None:
    """What the smoke stage finds ends everything before the first scenario."""
    with pytest.raises(Unreachable, match="does not answer"):
        await judged(plan("http://127.0.0.1:1"), scenario(act=None))


async def test_reset_comes_first(tmp_path: Path) -> None:
    """The reset command has ended before anybody connects; one that fails ends everything."""
    mark = tmp_path / "reset"

    async def looks(socket: ServerConnection) -> None:
        assert mark.exists()
        await greets(socket)

    def reset(program: str) -> Hook:
        return Hook("the reset command", CommandLine.parse(shlex.join([sys.executable, "-c", program])))

    async with peer(looks) as url:
        ready = plan(url, reset=reset(f"import pathlib; pathlib.Path({str(mark)!r}).touch()"))
        assert (await judged(ready, scenario())).exit_code == 0
        with pytest.raises(Unreachable, match="the reset command ended with exit code 5"):
            await judged(plan(url, reset=reset("raise SystemExit(5)")), scenario())


async def test_repetition() -> None:
    """Each scenario is run so many times, and one failure among them is a failure."""
    times = 0

    async def act() -> None:
        nonlocal times
        times += 1
        if times == 2:
            raise Failure("peace")

    async with peer(greets) as url:
        run = await judged(plan(url), scenario(act=act), repeat=3)
    (only,) = run.outcomes
    assert (only.verdict, only.tally) == (Verdict.FAIL, {Verdict.PASS: 2, Verdict.FAIL: 1})


async def test_ledger_is_settled() -> None:
    """A known failure does not count, from today until its date; an unexpected pass does."""

    async def fails() -> None:
        raise Failure("peace")

    real = all_scenarios()[0].id

    def ledger(until: date) -> Ledger:
        return Ledger([Entry(real, "a reason", "somebody", until, Place("known.yaml"))])

    today = datetime.now(UTC).date()
    async with peer(greets) as url:
        given = (scenario(), scenario(real, act=fails))
        known = await judged(plan(url, ledger=ledger(today + timedelta(days=1))), *given)
        late = await judged(plan(url, ledger=ledger(today - timedelta(days=1))), *given)
        mended = await judged(plan(url, ledger=ledger(today + timedelta(days=1))), scenario(real))
    assert (known.exit_code, known.counts[Verdict.KNOWN_FAILURE], list(known.complaints)) == (0, 1, [])
    assert (late.exit_code, late.counts[Verdict.FAIL], len(late.complaints)) == (1, 1, 1)
    assert (mended.exit_code, len(mended.complaints)) == (1, 1)


async def test_dead_server_half_way() -> None:
    """When the server dies, the run stops with what happened, keeps what was proven before, and concludes nothing."""
    async with AsyncExitStack() as server:
        url = await server.enter_async_context(peer(greets))

        async def kills() -> None:
            await server.aclose()
            raise Failure("an answer")

        given = (scenario("a.b.1", slow=True), scenario("a.b.2", act=kills, slow=True), scenario("a.b.3", act=None))
        run = await judge(plan(url), given, Terms(seed=0, concurrency=1, repeat=2), lambda _: None)
    assert [each.scenario.id for each in run.outcomes] == ["a.b.1"]
    assert (run.exit_code, run.left) == (3, 2)
    assert f"the server no longer answers: {url}: no connection" in run.stopped
