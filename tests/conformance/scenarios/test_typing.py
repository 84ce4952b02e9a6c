"""The scenarios about typing: an honest server passes them, a liar is caught by the one for it."""

import pytest
from proxy import events
from samples import failures, judge, lie, untried

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import typing

SCENARIOS = {each.id: each for each in vars(typing).values() if isinstance(each, Scenario)}

LIES = {
    "typing.start.others": events("user:typing", lambda it: [it, it]),
    "typing.end.sent": events("user:typing", lambda it: [it] if it["isTyping"] else []),
}


async def test_honest_server_passes(reference: str, shipped: Contract) -> None:
    """The reference server passes every scenario, and none that is for its documents goes without being tried."""
    outcomes = await judge(reference, shipped, list(SCENARIOS.values()))
    assert failures(outcomes) == []
    assert untried(outcomes, shipped) == []


@pytest.mark.parametrize("identity", LIES)
async def test_liar_is_caught(identity: str, reference: str, shipped: Contract) -> None:
    """A server that lies about what the scenario is for fails it, with evidence."""
    outcome = await lie(reference, shipped, SCENARIOS[identity], LIES[identity])
    assert outcome.verdict is Verdict.FAIL
    assert outcome.reason
    assert outcome.wire
