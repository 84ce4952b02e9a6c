"""The scenarios about editing and deleting: an honest server passes them, a liar is caught by the one for it."""

import pytest
from proxy import acknowledgements, events
from samples import failures, judge, lie, untried

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import changes

SCENARIOS = {each.id: each for each in vars(changes).values() if isinstance(each, Scenario)}


def _forgive(answer: dict) -> list[dict]:
    """Say that a refused request was carried out."""
    return [answer] if answer["success"] else [{"success": True, "message": _MESSAGE}]


_MESSAGE = {
    "id": "0" * 24,
    "conversationId": "0" * 24,
    "senderId": "x",
    "content": "x",
    "attachments": [],
    "metadata": {},
    "sequence": 1,
    "revision": 1,
    "isEdited": True,
    "isDeleted": False,
    "createdAt": "2026-11-20T09:30:00.000Z",
    "updatedAt": "2026-11-20T09:30:00.000Z",
}

LIES = {
    "messages.edit.own": events("message:updated", lambda it: [it, it]),
    "messages.edit.by-other": acknowledgements(_forgive),
    "messages.delete.own": events("message:deleted", lambda _: []),
    "messages.delete.twice": acknowledgements(_forgive),
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
