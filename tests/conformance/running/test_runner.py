"""The runner: every verdict can be reached, and nothing hangs it."""

import asyncio

import pytest
from peers import greet, peer
from samples import contract, scenario
from websockets.asyncio.server import ServerConnection

from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import Failure, HarnessError, NotApplicable, Refused, Unreachable
from palaver_conformance.evidence.trace import ENDED, STAGED
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.limits import Limits
from palaver_conformance.people.account import Account
from palaver_conformance.people.issuers import Issued, Listed
from palaver_conformance.people.stage import Stage
from palaver_conformance.people.troupes import Troupes
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenario import BUSY, RANDOM, Scenario
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing

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
        (Unreachable("no route"), Verdict.FAIL, "expected a connection"),
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
        from palaver_conformance.people.account import Account
        from palaver_conformance.people.actor import Actor

        actor = Actor("alice", stage.setting, Account("a", "a", "t"))
        await actor.connect()
        await actor.disconnect()

    async with peer(script) as url:
        (outcome,) = await run(scenario(act=act, parameters=("stage",)), url=url)
    assert outcome.verdict is Verdict.FAIL
    assert any("gossip" in line for line in outcome.arrived)
    assert any("gossip" in entry.text for entry in outcome.wire)


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


@pytest.mark.parametrize(
    ("limits", "allowed", "most"),
    [
        (Limits(), 12, 12),
        (Limits(address=30), 12, 6),
        (Limits(address=30, total=20), 12, 4),
        (Limits(total=2), 12, 1),
        (Limits(address=1_000), 3, 3),
    ],
)
async def test_few_connections_are_few_scenarios_at_a_time(limits: Limits, allowed: int, most: int) -> None:
    """Where a server takes few of one address, or in all, scenarios are not to meet that together."""
    running, found = 0, 0

    async def act() -> None:
        nonlocal running, found
        running += 1
        found = max(found, running)
        await asyncio.sleep(0)
        running -= 1

    known = contract()
    subject = Subject((NOWHERE,), known, Timing(0.1), limits=limits)
    given = [scenario(f"a.b.{number}", act=act) for number in range(20)]
    await Runner(subject, known, Timing(0.1), concurrency=allowed).run(given)
    await subject.close()
    assert found == most


async def test_gone_server_ends_the_run() -> None:
    """Once the server does not answer any more, nothing else is run, and what failed meanwhile says nothing."""
    gone = False
    felt = 0

    async def pulse() -> None:
        nonlocal felt
        felt += 1
        if gone:
            raise Unreachable("no connection")

    async def fails() -> None:
        raise Failure("peace")

    async def ends() -> None:
        nonlocal gone
        gone = True
        raise Failure("an answer")

    given = [scenario("a.b.1", act=fails), scenario("a.b.2", act=ends), scenario("a.b.3"), scenario("a.b.4")]
    known = contract()
    subject = Subject((NOWHERE,), known, Timing(0.1))
    runner = Runner(subject, known, Timing(0.1), 1, pulse=pulse)
    outcomes = await runner.run(given)
    await subject.close()
    assert [(each.scenario.id, each.verdict) for each in outcomes] == [("a.b.1", Verdict.FAIL)]
    assert runner.stopped == "the server no longer answers: no connection"
    assert felt == 2
    assert await runner.run(given) == []


async def test_seed_decides_the_order() -> None:
    """A seed gives an order of its own, always the same; slow and long ones still start first; outcomes keep theirs."""
    started: list[str] = []

    def made(identity: str, *, slow: bool = False, tags: tuple[str, ...] = ()) -> Scenario:
        async def act() -> None:
            started.append(identity)

        return scenario(identity, act=act, slow=slow, tags=tags)

    quick = [made(f"a.b.{number}") for number in range(6)]
    drawn, busy = made("a.b.6", tags=(RANDOM,)), made("a.b.7", tags=(BUSY,))
    given = [*quick, drawn, busy, made("a.b.8", slow=True), made("a.b.9", slow=True)]
    orders = []
    for seed in (1, 1, 2, None):
        started.clear()
        outcomes = await run(*given, concurrency=1, seed=seed)
        assert [each.scenario.id for each in outcomes] == [each.id for each in given]
        assert {*started[:2]} == {"a.b.8", "a.b.9"}
        assert started[2:4] == [busy.id, drawn.id]
        orders.append(list(started))
    first, again, other, plain = orders
    assert first == again != other
    assert plain[4:] == [each.id for each in quick]


async def test_random_things_have_a_seed() -> None:
    """A scenario finds the seed of its run, and one of its own."""
    seen: list[str] = []

    async def act(stage: Stage) -> None:
        seen.append(stage.setting.seed)

    await run(scenario("a.b.c", act=act, parameters=("stage",)), seed=7)
    await run(scenario("a.b.d", act=act, parameters=("stage",)), seed=7)
    assert seen == ["7 a.b.c", "7 a.b.d"]


async def test_lent_users_are_given_back_and_named() -> None:
    """Listed users bound how many scenarios run; a failure says that somebody had been used before."""
    running = most = 0
    users: list[str] = []

    async def act(stage: Stage) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        issued = await stage.setting.subject.issuer.issue("x", admin=False)
        stage.setting.issued.append(issued)
        users.append(issued.user)
        await asyncio.sleep(0)
        running -= 1
        raise Failure("peace")

    known = contract()
    subject = Subject((NOWHERE,), known, Timing(0.1), issuer=Listed([Issued("u", "t")]))
    given = [scenario(f"a.b.{number}", act=act, parameters=("stage",)) for number in range(2)]
    first, second = await Runner(subject, known, Timing(0.1)).run(given)
    await subject.close()
    assert (users, most) == (["u", "u"], 1)
    assert not any("note" in line for line in first.arrived)
    assert any("note: u took part in an earlier scenario" in line for line in second.arrived)


async def test_failure_has_a_hint_as_things_stood_when_it_came() -> None:
    """A connection that was accepted and left open is said to have been, although it is closed with the scenario."""

    async def script(socket: ServerConnection) -> None:
        await greet(socket)
        await socket.wait_closed()

    async def act(stage: Stage) -> None:
        newcomer = stage.returning("newcomer", Account("n", "n", "t"))
        device = await newcomer.dial({})
        await device.expect("session.error", patience=0.01)

    async with peer(script) as url:
        (failed,) = await run(scenario(act=act, parameters=("stage",)), url=url)
    assert failed.verdict is Verdict.FAIL
    assert any(line.startswith("hint: The connection was accepted and left open.") for line in failed.arrived)


async def test_secrets_of_the_subject_are_not_shown() -> None:
    """What the subject file keeps secret is in no evidence."""

    async def act(stage: Stage) -> None:
        stage.setting.trace.wire("a").sent("key the-secret")
        raise Failure("the-secret to work", ["the-secret"])

    known = contract()
    subject = Subject((NOWHERE,), known, Timing(0.1), secrets=("the-secret",))
    (only,) = await Runner(subject, known, Timing(0.1)).run([scenario(act=act, parameters=("stage",))])
    await subject.close()
    assert "the-secret" not in f"{only.reason} {only.arrived} {only.wire}"
    assert "[redacted]" in only.reason


async def test_wire_log_is_parted() -> None:
    """The log shows where the stage was set, where the judge objected, and where the scenario ended."""

    async def act(stage: Stage) -> None:
        wire = stage.setting.trace.wire("alice/1")
        wire.received("something")
        stage.setting.oracle.violation("something odd")
        wire.sent("an answer")

    (outcome,) = await run(scenario(act=act, parameters=("stage",)))
    assert [(entry.direction, entry.text) for entry in outcome.wire] == [
        ("==", STAGED),
        ("<-", "something"),
        ("!!", "something odd"),
        ("->", "an answer"),
        ("==", ENDED),
    ]


async def test_expectation_stands_by_itself() -> None:
    """What was expected of the server is told apart from the circumstances; a fault of ours expects nothing."""
    (failed,) = await run(raising(Failure("peace")))
    (ours,) = await run(raising(HarnessError("oops")))
    assert (failed.reason, failed.expected) == ("expected peace", "peace")
    assert ours.expected == ""


async def test_people_play_again_after_a_pass_alone(shipped: Contract) -> None:
    """One scenario after the other has the same people, until one fails, which says so; others have new ones."""
    seen: list[object] = []
    broken = False

    async def act(stage: Stage) -> None:
        seen.append(stage.setting.troupe)
        if broken:
            raise Failure("peace")

    subject = Subject((NOWHERE,), shipped, Timing(0.1))
    runner = Runner(subject, shipped, Timing(0.1), concurrency=1)
    runner._troupes = Troupes(rest=0.0)
    given = [scenario(f"messages.b.{number}", act=act, parameters=("stage",)) for number in range(2)]
    await runner.run(given)
    broken = True
    first, second = await runner.run(given)
    await runner.run([scenario("presence.b.c", act=act, parameters=("stage",))])
    await subject.close()
    assert seen[0] is seen[1] is seen[2]
    assert seen[0] is not seen[3]
    assert seen[4] is None
    assert any("note: its people took part in 2 earlier scenarios" in line for line in first.arrived)
    assert not any("note" in line for line in second.arrived)


async def test_what_is_alone_comes_last_and_by_itself() -> None:
    """It uses up what all share: it begins when the others have ended, and the next one when it has."""
    happened: list[str] = []

    def noting(name: str, **changes: object) -> Scenario:
        async def act() -> None:
            happened.append(f"{name} begins")
            await asyncio.sleep(0)
            happened.append(f"{name} ends")

        return scenario(f"area.subject.{name}", act=act, **changes)

    outcomes = await run(noting("first", alone=True), noting("one"), noting("two"), noting("second", alone=True))
    assert [each.scenario.id.rpartition(".")[2] for each in outcomes] == ["first", "one", "two", "second"]
    assert set(happened[:4]) == {"one begins", "one ends", "two begins", "two ends"}
    assert happened[4:] == ["first begins", "first ends", "second begins", "second ends"]


async def test_limit_that_is_not_known_does_not_apply() -> None:
    """Nobody is put on stage for it."""
    (outcome,) = await run(scenario(act=raising(Failure("peace")).act, limit="frame"))
    assert outcome.verdict is Verdict.NOT_APPLICABLE
    assert "limits.frame in the subject file" in outcome.reason
