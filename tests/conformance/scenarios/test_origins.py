"""The scenarios about origins: an honest server passes them, one that lets everybody in is caught by the one for it."""

from collections.abc import AsyncIterator

import pytest
from samples import failures, untried
from servers.palaver import serving

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import origins
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing

SCENARIOS = [each for each in vars(origins).values() if isinstance(each, Scenario)]
FRIEND = "https://chat.example"


@pytest.fixture(scope="module")
async def open_to_all() -> AsyncIterator[str]:
    """Address of a reference server that every page may use."""
    async with serving(env={"PALAVER_ALLOWED_ORIGINS": "*"}) as server:
        yield server.url


@pytest.fixture(scope="module")
async def friendly() -> AsyncIterator[str]:
    """Address of a reference server that the pages of one origin may use."""
    async with serving(env={"PALAVER_ALLOWED_ORIGINS": FRIEND}) as server:
        yield server.url


@pytest.mark.parametrize("origin", [FRIEND, None])
async def test_honest_server_passes(friendly: str, shipped: Contract, origin: str | None) -> None:
    """The reference server passes every scenario, whether or not it is known whom it lets in."""
    subject = Subject((friendly,), shipped, Timing(2.0), origin=origin)
    try:
        outcomes = await Runner(subject, shipped, subject.timing).run(SCENARIOS)
    finally:
        await subject.close()
    found = {each.scenario.id: each for each in outcomes}
    assert failures(found) == []
    assert untried(found, shipped) == []


@pytest.mark.parametrize(("origin", "verdict"), [(FRIEND, Verdict.FAIL), (None, Verdict.NOT_APPLICABLE)])
async def test_open_server_is_caught(open_to_all: str, shipped: Contract, origin: str | None, verdict: Verdict) -> None:
    """A server that every page may use fails where pages are to be refused, if that is wanted of it at all.

    It gives nobody credentials.
    """
    subject = Subject((open_to_all,), shipped, Timing(2.0), origin=origin)
    try:
        outcomes = await Runner(subject, shipped, subject.timing).run(SCENARIOS)
    finally:
        await subject.close()
    assert {each.scenario.id: each.verdict for each in outcomes} == {
        "origins.connect.refused": verdict,
        "origins.poll.refused": verdict,
        "origins.request.unreadable": verdict,
        "origins.credentials.named": Verdict.PASS,
        "origins.response.inert": Verdict.PASS,
    }
    assert all(each.wire for each in outcomes if each.verdict is Verdict.FAIL)
