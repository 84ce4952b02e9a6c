"""The scenarios about calls: an honest server passes them, a liar is caught by the one for it."""

from collections.abc import AsyncIterator

import pytest
from call_proxy import lying
from servers.palaver import Server, serving

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import calls
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing
from palaver_wire.aether.calls import descriptors

SCENARIOS = {each.id: each for each in vars(calls).values() if isinstance(each, Scenario)}
SECRET = "a secret that is long enough for HS256"

MADE_UP = {
    "success": True,
    "message": "yes",
    "messageData": {
        "id": "f" * 24,
        "userId": "somebody",
        "username": "somebody",
        "roomId": "f" * 24,
        "content": "something",
        "messageType": "text",
        "createdAt": "2026-01-02T03:04:05.006Z",
        "updatedAt": "2026-01-02T03:04:05.006Z",
    },
}


def sworn(answer: dict) -> dict:
    """Never say no."""
    return answer if answer["success"] else MADE_UP


@pytest.fixture(scope="module")
def contract() -> Contract:
    """The contract of a server that is called."""
    return sources.load("aether")


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Server]:
    """A server that is called."""
    async with serving("--dialect", "aether", "--grpc-port", "0", env={"PALAVER_JWT_SECRET": SECRET}) as server:
        yield server


async def _judged(server: Server, contract: Contract, address: str, scenarios: list[Scenario]) -> list[Outcome]:
    timing = Timing(0.5)
    subject = Subject((server.url,), contract, timing, SECRET, grpc=(address,))
    try:
        return await Runner(subject, contract, timing).run(scenarios)
    finally:
        await subject.close()


async def test_honest_server_passes(server: Server, contract: Contract) -> None:
    """The reference server passes every scenario, and none of them goes without being tried."""
    assert server.grpc is not None
    outcomes = await _judged(server, contract, server.grpc, list(SCENARIOS.values()))
    assert {each.scenario.id: (each.verdict, each.reason) for each in outcomes} == dict.fromkeys(
        SCENARIOS, (Verdict.PASS, "")
    )


@pytest.mark.parametrize("identity", SCENARIOS)
async def test_liar_is_caught(identity: str, server: Server, contract: Contract) -> None:
    """A server that lies about what the scenario is for fails it, with evidence."""
    assert server.grpc is not None
    assert contract.calls is not None
    async with lying(server.grpc, contract.calls.messages, descriptors(), sworn) as address:
        (outcome,) = await _judged(server, contract, address, [SCENARIOS[identity]])
    assert outcome.verdict is Verdict.FAIL
    assert outcome.reason
    assert outcome.wire
