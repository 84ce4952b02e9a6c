"""The scenarios about bounds: an honest server passes them, for bounds that are known and for those that are sought."""

import pytest
from servers.palaver import serving

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.limits import Limits
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import bounds
from palaver_conformance.subject import Subject

SCENARIOS = {each.id: each for each in vars(bounds).values() if isinstance(each, Scenario)}
KNOWN = Limits(typing=40, handshake=5, depth=32, metadata=16_384, headers=16_384)


async def test_honest_server_passes(shipped: Contract) -> None:
    """The reference server passes every scenario; where a limit is known it has to be met."""
    async with serving(env={"PALAVER_HANDSHAKE_SECONDS": "5"}) as server:
        subject = Subject((server.url,), shipped, limits=KNOWN)
        try:
            outcomes = await Runner(subject, shipped).run(list(SCENARIOS.values()))
        finally:
            await subject.close()
    assert {each.scenario.id: each.reason for each in outcomes if each.verdict is not Verdict.PASS} == {}


@pytest.mark.parametrize("identity", ["limits.event.depth", "limits.metadata.size"])
async def test_what_is_expected_has_to_be_met(identity: str, reference: str, shipped: Contract) -> None:
    """A server that takes more than it is said to take fails."""
    subject = Subject((reference,), shipped, limits=Limits(depth=8, metadata=100))
    try:
        (outcome,) = await Runner(subject, shipped).run([SCENARIOS[identity]])
    finally:
        await subject.close()
    assert outcome.verdict is Verdict.FAIL
