"""The scenarios about several instances: two addresses of one server pass, a deaf instance does not."""

from proxy import events, proxied
from samples import failures, judge

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import instances

SCENARIOS = [each for each in vars(instances).values() if isinstance(each, Scenario)]


async def test_two_addresses_of_one_server_pass(reference: str, shipped: Contract) -> None:
    """A server that shares everything between its instances passes every scenario."""
    outcomes = await judge([reference, reference], shipped, SCENARIOS)
    assert failures(outcomes) == []
    assert {each.verdict for each in outcomes.values()} == {Verdict.PASS}


async def test_one_address_is_not_enough(reference: str, shipped: Contract) -> None:
    """With one address the scenarios do not apply, and say why."""
    outcomes = await judge(reference, shipped, SCENARIOS)
    assert {each.verdict for each in outcomes.values()} == {Verdict.NOT_APPLICABLE}
    assert all("2 instances" in each.reason for each in outcomes.values())


async def test_instance_that_hears_nothing_is_caught(reference: str, shipped: Contract) -> None:
    """An instance whose users do not receive what is sent on another one fails."""
    chosen = [each for each in SCENARIOS if each.case == "G18"]
    async with proxied(reference, events("message:new", lambda _: [])) as deaf:
        outcomes = await judge([reference, deaf], shipped, chosen, factor=0.3)
    assert [each.verdict for each in outcomes.values()] == [Verdict.FAIL]
