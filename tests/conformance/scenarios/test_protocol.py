"""The scenarios about the wire: an honest server passes them, a liar is caught by the one for it."""

import pytest
from proxy import acknowledgements, events
from samples import failures, judge, lie, untried

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import protocol

SCENARIOS = {each.id: each for each in vars(protocol).values() if isinstance(each, Scenario)}


def _forgive(answer: dict) -> list[dict]:
    """Blame the server instead of the field."""
    return [answer] if answer.get("success") else [{**answer, "error": {"code": "INTERNAL_ERROR", "message": "?"}}]


def _disinherit(answer: dict) -> list[dict]:
    """Lose what stands below `__proto__`, as a language does that takes it for something of its own."""
    message = answer.get("message")
    if not isinstance(message, dict) or "metadata" not in message:
        return [answer]
    kept = {name: value for name, value in message["metadata"].items() if name != "__proto__"}
    return [{**answer, "message": {**message, "metadata": kept}}]


LIES = {
    "protocol.keys.prototype": acknowledgements(_disinherit),
    "protocol.ping.pong": acknowledgements(lambda it: [{**it, "timestamp": 0}]),
    "protocol.validation.empty": acknowledgements(_forgive),
    "protocol.refusal.event": events("error", lambda _: []),
    "protocol.acknowledgement.unasked": acknowledgements(lambda it: [it, it]),
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
