"""The scenarios in which clocks are apart: what they need, that a sound cluster passes them, and that they can fail."""

from clusters import CLUSTER, DEAF, broken
from samples import failures, judge

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import clocks

SCENARIOS = [each for each in vars(clocks).values() if isinstance(each, Scenario)]


async def test_clocks_are_set_by_whoever_launches(reference: str, shipped: Contract) -> None:
    """Without a launched topology whose command has the placeholder none applies, and the reason names it."""
    outcomes = await judge([reference, reference], shipped, SCENARIOS)
    unset = await broken(CLUSTER.replace("{clock_offset}", "0"), shipped, SCENARIOS, "faults.clocks.sync")
    assert len(outcomes) == len(SCENARIOS)
    for each in (*outcomes.values(), *unset.values()):
        assert each.verdict is Verdict.NOT_APPLICABLE
        assert "{clock_offset} in --launch" in each.reason


async def test_a_sound_cluster_passes(shipped: Contract) -> None:
    """A crowd notices nothing and nobody misses anything; the mutants that others kill show that they pass, too."""
    outcomes = await broken(CLUSTER, shipped, SCENARIOS, "faults.clocks.crowd", "faults.clocks.sync")
    assert failures(outcomes) == []
    assert [each.verdict for each in outcomes.values()] == [Verdict.PASS] * 2


async def test_what_does_not_cross_is_named(shipped: Contract) -> None:
    """Where nothing crosses, the scenario that does not hold with clocks apart is named, with what did not arrive."""
    outcomes = await broken(DEAF, shipped, SCENARIOS, "faults.clocks.crossing", factor=0.3)
    (outcome,) = outcomes.values()
    assert outcome.verdict is Verdict.FAIL
    assert outcome.reason.startswith("expected instances.")
    assert "with clocks apart" in outcome.reason
