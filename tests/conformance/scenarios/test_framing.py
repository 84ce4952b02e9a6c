"""The scenarios about sizes and pieces fail where a server takes more than it is said to take.

That it passes them where it keeps to it, in every dialect, is shown in tests/journeys/test_small_limits.py.
"""

import pytest

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.limits import Limits
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import framing
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing

SCENARIOS = {each.id: each for each in vars(framing).values() if isinstance(each, Scenario)}
FEW = Limits(frame=70_000, fragments=3, packets=2, attachments=2, attachment_bytes=100)


async def outcomes(url: str, shipped: Contract, limits: Limits) -> dict[str, Outcome]:
    """Judge a server by all of them."""
    # A wait that ends with an event takes no longer for being patient.
    timing = Timing(4.0)
    subject = Subject((url,), shipped, timing, limits=limits)
    try:
        found = await Runner(subject, shipped, timing).run(list(SCENARIOS.values()))
    finally:
        await subject.close()
    return {each.scenario.id: each for each in found}


async def test_what_is_expected_has_to_be_met(reference: str, shipped: Contract) -> None:
    """The reference server takes all of this by default."""
    found = await outcomes(reference, shipped, FEW)
    assert {name: each.verdict for name, each in found.items()} == dict.fromkeys(SCENARIOS, Verdict.FAIL)
    assert found["limits.frame.oversized"].expected == "a frame of more than 70000 bytes to end the connection"
    assert found["limits.frame.fragments"].expected == "a message in 4 fragments to end the connection"
    assert found["limits.frame.packets"].expected == "3 packets in one request to be refused"
    assert found["limits.attachments.count"].expected == "an event with 3 attachments to end the connection"
    assert found["limits.attachments.size"].expected == "attachments of more than 100 bytes to end the connection"


@pytest.mark.parametrize("limits", [Limits(), Limits(frame=10**9, fragments=10**6, packets=10**6)])
async def test_what_is_not_known_is_not_sought(limits: Limits, reference: str, shipped: Contract) -> None:
    """Nor is what would take a flood to be seen. How many attachments there may be is sought, and found."""
    found = await outcomes(reference, shipped, limits)
    others = dict.fromkeys(SCENARIOS, Verdict.NOT_APPLICABLE)
    assert {name: each.verdict for name, each in found.items()} == {**others, "limits.attachments.count": Verdict.PASS}
