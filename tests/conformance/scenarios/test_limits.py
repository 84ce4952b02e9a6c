"""The scenarios about limits: an honest server passes them, a liar is caught by the one for it."""

from collections.abc import AsyncIterator

import pytest
from proxy import acknowledgements
from samples import failures, judge, lie, untried
from servers.palaver import serving

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.limits import Limits
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import limits
from palaver_conformance.subject import Subject

SCENARIOS = {each.id: each for each in vars(limits).values() if isinstance(each, Scenario)}


def _vague(answer: dict) -> list[dict]:
    """Refuse without details, and never for size."""
    if answer["success"]:
        return [answer]
    return [{**answer, "error": {"code": "RATE_LIMITED", "message": "later"}}]


LIES = {
    "limits.messages.rate": acknowledgements(_vague),
    "limits.event.oversized": acknowledgements(_vague),
}


@pytest.fixture
async def strict() -> AsyncIterator[str]:
    """Address of a reference server whose limits are reached on any machine, however slow."""
    async with serving(env={"PALAVER_LIMIT_REQUESTS": "60/6s"}) as server:
        yield server.url


async def test_honest_server_passes(strict: str, shipped: Contract) -> None:
    """The reference server passes every scenario, and none that is for its documents goes without being tried."""
    outcomes = await judge(strict, shipped, list(SCENARIOS.values()))
    assert failures(outcomes) == []
    assert untried(outcomes, shipped) == []


@pytest.mark.parametrize("identity", LIES)
async def test_liar_is_caught(identity: str, reference: str, shipped: Contract) -> None:
    """A server that lies about what the scenario is for fails it, with evidence."""
    outcome = await lie(reference, shipped, SCENARIOS[identity], LIES[identity])
    assert outcome.verdict is Verdict.FAIL
    assert outcome.reason
    assert outcome.wire


@pytest.mark.parametrize(
    ("identity", "expected", "told"),
    [
        ("limits.messages.rate", Limits(messages=3), "a limit within 6 messages"),
        ("limits.connections.devices", Limits(connections=2), "connection 3 of one user to be refused"),
    ],
)
async def test_expected_limit_has_to_be_met(
    identity: str, expected: Limits, told: str, reference: str, shipped: Contract
) -> None:
    """A server that takes more than it is said to take fails, and is not tried any further."""
    subject = Subject((reference,), shipped, limits=expected)
    try:
        (outcome,) = await Runner(subject, shipped).run([SCENARIOS[identity]])
    finally:
        await subject.close()
    assert outcome.verdict is Verdict.FAIL
    assert told in outcome.reason
