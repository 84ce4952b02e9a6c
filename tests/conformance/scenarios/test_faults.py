"""The scenarios in which things break: what they need, and that a sound cluster passes them."""

import shlex
import sys

from samples import failures, judge

from palaver_conformance.contract.model import Contract
from palaver_conformance.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import faults
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing
from palaver_conformance.topology.instance import Command
from palaver_conformance.topology.topology import launched
from palaver_conformance.verdict import Outcome, Verdict

SCENARIOS = [each for each in vars(faults).values() if isinstance(each, Scenario)]
SERVE = (
    f"PALAVER_JWT_SECRET={{secret}} {shlex.quote(sys.executable)} -m palaver serve --dialect gateway --port {{port}}"
)
CLUSTER = f"PALAVER_DATABASE_URL={{database_url}} PALAVER_REDIS_URL={{redis_url}} {SERVE}"


async def broken(template: str, known: Contract, *names: str, factor: float = 1.0) -> dict[str, Outcome]:
    """Run scenarios against two instances that are launched for them."""
    timing = Timing(factor)
    chosen = [each for each in SCENARIOS if each.id in names]
    async with launched(Command.parse(template), 2, known) as topology:
        subject = Subject(topology.urls, known, timing, topology.secret, topology)
        try:
            outcomes = await Runner(subject, known, timing).run(chosen)
        finally:
            await subject.close()
    return {each.scenario.id: each for each in outcomes}


async def test_server_of_somebody_else_is_not_disturbed(reference: str, shipped: Contract) -> None:
    """Without a launched topology none of them applies, and the reason says what it takes."""
    outcomes = await judge([reference, reference], shipped, SCENARIOS)
    assert {each.verdict for each in outcomes.values()} == {Verdict.NOT_APPLICABLE}
    assert all("--launch" in each.reason for each in outcomes.values())


async def test_a_sound_cluster_passes(shipped: Contract) -> None:
    """A restart of Redis, and a connection that is cut, pass; a soak goes through the rest."""
    outcomes = await broken(CLUSTER, shipped, "faults.redis.restart", "faults.client.cut")
    assert len(outcomes) == 2
    assert failures(outcomes) == []
    assert {each.verdict for each in outcomes.values()} == {Verdict.PASS}


async def test_instances_that_are_not_connected_fail(shipped: Contract) -> None:
    """Where nothing crosses from one instance to the other, the scenario fails, and says what did not arrive."""
    deaf = f"PALAVER_DATABASE_URL={{database_url}} UNUSED={{redis_url}} {SERVE}"
    outcomes = await broken(deaf, shipped, "faults.redis.restart", factor=0.3)
    (outcome,) = outcomes.values()
    assert outcome.verdict is Verdict.FAIL
    # What is stored, the server may find in its database all the same, sooner or later.
    assert "newcomer/2 to receive" in outcome.reason or "typing to cross" in outcome.reason
