"""The scenarios about who may connect: an honest server passes them, a liar is caught by the one for it."""

import json

import pytest
from proxy import events
from samples import failures, judge, lie, untried

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import auth

SCENARIOS = {each.id: each for each in vars(auth).values() if isinstance(each, Scenario)}


def _welcome(frame: str) -> list[str]:
    """Let everybody in."""
    if '"UNAUTHORIZED"' in frame and frame.startswith('42["error"'):
        ready = {"userId": "x", "socketId": "y", "rooms": 0, "timestamp": "2026-11-20T09:30:00.000Z"}
        return ["42" + json.dumps(["connected", ready])]
    return [] if frame == "41" else [frame]


LIES = {
    "auth.connect.valid": events("connected", lambda it: [{**it, "rooms": it["rooms"] + 1}]),
    "auth.connect.malformed": _welcome,
    "auth.connect.missing": _welcome,
    "auth.connect.query": events("connected", lambda it: [{**it, "userId": "somebody"}]),
    "auth.refused.secret": events("error", lambda it: [{**it, "message": "bad token bm90LWEtdG9rZW4"}]),
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
