"""The scenarios in which things break: what they need, and that a sound cluster passes them."""

from clusters import CLUSTER, DEAF, broken
from samples import failures, judge

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import faults

SCENARIOS = [each for each in vars(faults).values() if isinstance(each, Scenario)]


async def test_server_of_somebody_else_is_not_disturbed(reference: str, shipped: Contract) -> None:
    """Without a launched topology none of them applies, and the reason says what it takes."""
    outcomes = await judge([reference, reference], shipped, SCENARIOS)
    assert {each.verdict for each in outcomes.values()} == {Verdict.NOT_APPLICABLE}
    assert all("--launch" in each.reason for each in outcomes.values())


async def test_a_sound_cluster_passes(shipped: Contract) -> None:
    """A restart of Redis, and a connection that is cut, pass; a soak goes through the rest."""
    outcomes = await broken(CLUSTER, shipped, SCENARIOS, "faults.redis.restart", "faults.client.cut")
    assert len(outcomes) == 2
    assert failures(outcomes) == []
    assert {each.verdict for each in outcomes.values()} == {Verdict.PASS}


async def test_instances_that_are_not_connected_fail(shipped: Contract) -> None:
    """Where nothing crosses from one instance to the other, the scenario fails, and says what did not arrive."""
    outcomes = await broken(DEAF, shipped, SCENARIOS, "faults.redis.restart", factor=0.3)
    (outcome,) = outcomes.values()
    assert outcome.verdict is Verdict.FAIL
    # What is stored, the server may find in its database all the same, sooner or later.
    assert "newcomer/2 to receive" in outcome.reason or "typing to cross" in outcome.reason
