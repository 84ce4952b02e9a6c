"""The scenarios that use up what all share: an honest server passes them, and one that takes more fails.

Those of connections in all and of requests are passed, in every dialect, in tests/journeys/test_small_limits.py.
"""

import pytest
from servers.inside import SECRET, inside

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.limits import Limits
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import crowding
from palaver_conformance.subject import Subject

SCENARIOS = {each.id: each for each in vars(crowding).values() if isinstance(each, Scenario)}


async def judged(url: str, contract: Contract, limits: Limits, *names: str, secret: str | None = None) -> list[Outcome]:
    """Judge a server by some of them, or by all."""
    subject = Subject((url,), contract, secret=secret, limits=limits)
    try:
        return await Runner(subject, contract).run([SCENARIOS[name] for name in names or SCENARIOS])
    finally:
        await subject.close()


@pytest.mark.parametrize("dialect", ["gateway", "envelope"])
async def test_connections_of_an_address_are_met(dialect: str) -> None:
    """With Socket.IO one client opens them; over a bare WebSocket it takes somebody for each."""
    contract = sources.load(dialect)
    secret = None if contract.has("account.register") else SECRET
    async with inside(dialect, max_address_connections=4) as there:
        (outcome,) = await judged(
            there[dialect].url, contract, Limits(address=4), "limits.connections.address", secret=secret
        )
    assert (outcome.verdict, outcome.reason) == (Verdict.PASS, "")


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(address=2), {"limits.connections.address": "connection 3 of one address to be refused"}),
        (Limits(total=2), {"limits.connections.total": "connection 3 in all to be refused"}),
        (Limits(joining=2), {"limits.connections.joining": "connection 3 that nobody has joined to be refused"}),
        (Limits(joining=4, total=4), {"limits.connections.total": "connection 5 in all to be refused"}),
        (Limits(address_requests=10), {"limits.requests.address": "a limit within 20 requests"}),
        # What one of them hides cannot be seen.
        (Limits(address=3, total=4), {"limits.connections.address": "connection 4 of one address to be refused"}),
        (Limits(address=4, total=3), {"limits.connections.total": "connection 4 in all to be refused"}),
        (Limits(address=10_000, address_requests=10_000), {}),
        (Limits(), {}),
    ],
)
async def test_what_is_expected_has_to_be_met(
    limits: Limits, told: dict[str, str], reference: str, shipped: Contract
) -> None:
    """What is known has to be met by the reference server, which takes more by default; all else does not apply."""
    outcomes = await judged(reference, shipped, limits)
    failed = {each.scenario.id: each.reason for each in outcomes if each.verdict is Verdict.FAIL}
    assert failed.keys() == told.keys()
    for name, reason in told.items():
        assert reason in failed[name]
    assert {each.verdict for each in outcomes} <= {Verdict.FAIL, Verdict.NOT_APPLICABLE}


def test_nobody_plays_meanwhile() -> None:
    """They would leave nothing for anybody else."""
    assert all(each.alone for each in SCENARIOS.values())
