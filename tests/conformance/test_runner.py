"""The runner: every verdict can be reached, and nothing hangs it."""

import asyncio

import pytest
from peers import greet, peer
from samples import contract, scenario
from websockets.asyncio.server import ServerConnection

from palaver_conformance.errors import Failure, HarnessError, NotApplicable, Refused, Unreachable
from palaver_conformance.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.stage import Stage
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing
from palaver_conformance.verdict import Outcome, Verdict

NOWHERE = "http://127.0.0.1:1"


async def run(*scenarios: Scenario, url: str = NOWHERE, **options: object) -> list[Outcome]:
    """Run scenarios that need no server."""
    known = contract()
    subject = Subject((url,), known, Timing(0.1))
    try:
        return await Runner(subject, known, Timing(0.1), **options).run(scenarios)
    finally:
        await subject.close()


def raising(error: Exception) -> Scenario:
    """Return a scenario that ends with an error."""

    async def act() -> None:
        raise error

    return scenario(act=act)


@pytest.mark.parametrize(
    ("error", "verdict", "told"),
    [
        (Failure("peace", ["war"]), Verdict.FAIL, "expected peace"),
        (Refused("say", "FORBIDDEN", "no", {}), Verdict.FAIL, "say to be carried out"),
        (Unreachable("no connection"), Verdict.FAIL, "no connection"),
        (NotApplicable("no such field"), Verdict.NOT_APPLICABLE, "no such field"),
        (HarnessError("our fault"), Verdict.HARNESS_ERROR, "our fault"),
        (ZeroDivisionError("oops"), Verdict.HARNESS_ERROR, "ZeroDivisionError"),
    ],
)
async def test_error_decides_the_verdict(error: Exception, verdict: Verdict, told: str) -> None:
    """Each kind of error has its verdict, with the reason."""
    (outcome,) = await run(raising(error))
    assert outcome.verdict is verdict
    assert told in outcome.reason


async def test_quiet_end_is_a_pass() -> None:
    """A scenario that raises nothing passes, without evidence."""
    (outcome,) = await run(scenario())
    assert (outcome.verdict, outcome.reason, list(outcome.wire)) == (Verdict.PASS, "", [])


async def test_violation_fails_a_quiet_end() -> None:
    """A frame that breaks the documents fails the scenario in which it came, even if nobody looked at it."""

    async def script(socket: ServerConnection) -> None:
        await greet(socket)
        await socket.send('42["gossip",{}]')
        await socket.send('42["hello",{"who":"x"}]')
        await socket.wait_closed()

    async def act(stage: Stage) -> None:
        from palaver_conformance.actor import Actor
        from palaver_conformance.client import Account

        actor = Actor("alice", stage.setting, Account("a", "a", "t"))
        await actor.connect()
        await actor.disconnect()

    async with peer(script) as url:
        (outcome,) = await run(scenario(act=act, parameters=("stage",)), url=url)
    assert outcome.verdict is Verdict.FAIL
    assert any("gossip" in line for line in outcome.arrived)
    assert any("gossip" in line for line in outcome.wire)


async def test_missing_meaning_does_not_apply() -> None:
    """What the documents do not have is not tried, and said."""
    (outcome,) = await run(scenario(needs=("message.send", "message.fly"), act=None))
    assert outcome.verdict is Verdict.NOT_APPLICABLE
    assert "message.fly" in outcome.reason
    assert "message.send" not in outcome.reason


async def test_missing_instance_does_not_apply() -> None:
    """A scenario for two servers is not tried with one."""
    (outcome,) = await run(scenario(instances=2, act=None))
    assert outcome.verdict is Verdict.NOT_APPLICABLE
    assert "2 instances" in outcome.reason


async def test_stage_that_cannot_be_set_is_untestable() -> None:
    """A failure before the scenario begins is told apart from one of the scenario."""
    known = {"parameters": ("alice",), "act": None}
    (outcome,) = await run(scenario(**known))
    assert outcome.verdict is Verdict.NOT_APPLICABLE
    (outcome,) = await run_with_secret(scenario(**known))
    assert outcome.verdict is Verdict.UNTESTABLE
    assert "setting the stage" in outcome.reason


async def run_with_secret(*scenarios: Scenario) -> list[Outcome]:
    """Run scenarios whose users need not be registered."""
    known = contract()
    subject = Subject((NOWHERE,), known, Timing(0.1), "secret")
    try:
        return await Runner(subject, known, Timing(0.1)).run(scenarios)
    finally:
        await subject.close()


async def test_hanging_scenario_fails() -> None:
    """A scenario that does not end is ended."""

    async def act() -> None:
        await asyncio.Event().wait()

    (outcome,) = await run(scenario(act=act), max_time=0.05)
    assert outcome.verdict is Verdict.FAIL
    assert "an end within" in outcome.reason


async def test_time_for_the_whole_run() -> None:
    """What cannot be started in time is untestable, not forgotten."""

    async def act() -> None:
        await asyncio.Event().wait()

    outcomes = await run(scenario("a.b.c", act=act), scenario("a.b.d"), concurrency=1, max_time=0.05)
    assert [each.verdict for each in outcomes] == [Verdict.FAIL, Verdict.UNTESTABLE]
    assert "time for the whole run" in outcomes[1].reason


async def test_order_concurrency_and_progress() -> None:
    """Outcomes keep the given order, slow ones start first, no more run at a time than allowed, each is told."""
    running, most, started, told = 0, 0, [], []

    def made(identity: str, *, slow: bool = False) -> Scenario:
        async def act() -> None:
            nonlocal running, most
            started.append(identity)
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

        return scenario(identity, act=act, slow=slow)

    given = [made("a.b.1"), made("a.b.2"), made("a.b.3", slow=True), made("a.b.4")]
    outcomes = await run(*given, concurrency=2, progress=told.append)
    assert [each.scenario.id for each in outcomes] == ["a.b.1", "a.b.2", "a.b.3", "a.b.4"]
    assert started[0] == "a.b.3"
    assert most == 2
    assert len(told) == 4
