"""The scenarios about pages and members fail where a server takes more than it is said to take.

That it passes them where it keeps to it, in every dialect, is shown in tests/journeys/test_small_limits.py.
"""

import pytest

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.limits import Limits
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import capacity
from palaver_conformance.subject import Subject

SCENARIOS = {each.id: each for each in vars(capacity).values() if isinstance(each, Scenario)}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (
            Limits(page=2, members=2),
            {
                "limits.page.size": (Verdict.FAIL, "a page of which 3 messages were asked for to be"),
                "limits.members.count": (Verdict.FAIL, "a refusal with CONFLICT"),
            },
        ),
        (
            Limits(),
            {
                "limits.page.size": (Verdict.NOT_APPLICABLE, "limits.page in the subject file"),
                "limits.members.count": (Verdict.NOT_APPLICABLE, "limits.members in the subject file"),
            },
        ),
        (
            Limits(page=200, members=1_000),
            {
                "limits.page.size": (Verdict.NOT_APPLICABLE, "200 messages are on a page, and a scenario"),
                "limits.members.count": (Verdict.NOT_APPLICABLE, "1000 are in a conversation, and a scenario"),
            },
        ),
    ],
)
async def test_what_is_expected_has_to_be_met(
    limits: Limits, expected: dict[str, tuple[Verdict, str]], reference: str, shipped: Contract
) -> None:
    """What is known and few has to be met by the reference server, which takes more by default."""
    subject = Subject((reference,), shipped, limits=limits)
    try:
        outcomes = await Runner(subject, shipped).run(list(SCENARIOS.values()))
    finally:
        await subject.close()
    assert {each.scenario.id: each.verdict for each in outcomes} == {
        name: verdict for name, (verdict, _) in expected.items()
    }
    for each in outcomes:
        assert expected[each.scenario.id][1] in each.reason
