"""The scenarios about bounds: an honest server passes them, for bounds that are known and for those that are sought."""

import pytest
from servers.palaver import serving

from palaver_conformance.contract.model import Contract
from palaver_conformance.limits import Limits
from palaver_conformance.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import bounds
from palaver_conformance.subject import Subject
from palaver_conformance.verdict import Verdict

SCENARIOS = {each.id: each for each in vars(bounds).values() if isinstance(each, Scenario)}
KNOWN = Limits(typing=40, handshake=2, depth=32, attachments=10, metadata=16_384, headers=16_384, address=30)


async def test_honest_server_passes(shipped: Contract) -> None:
    """The reference server passes every scenario; where a limit is known it has to be met."""
    env = {"PALAVER_HANDSHAKE_SECONDS": "2", "PALAVER_MAX_ADDRESS_CONNECTIONS": "30"}
    async with serving(env=env) as server:
        subject = Subject((server.url,), shipped, limits=KNOWN)
        try:
            # By itself: it leaves no connection for anybody else.
            crowding = SCENARIOS["limits.connections.address"]
            others = [each for each in SCENARIOS.values() if each is not crowding]
            outcomes = await Runner(subject, shipped).run(others) + await Runner(subject, shipped).run([crowding])
        finally:
            await subject.close()
    assert {each.scenario.id: each.reason for each in outcomes if each.verdict is not Verdict.PASS} == {}


@pytest.mark.parametrize("identity", ["limits.event.depth", "limits.metadata.size", "limits.attachments.count"])
async def test_what_is_expected_has_to_be_met(identity: str, reference: str, shipped: Contract) -> None:
    """A server that takes more than it is said to take fails."""
    subject = Subject((reference,), shipped, limits=Limits(depth=8, metadata=100, attachments=2))
    try:
        (outcome,) = await Runner(subject, shipped).run([SCENARIOS[identity]])
    finally:
        await subject.close()
    assert outcome.verdict is Verdict.FAIL
