"""The conformance suite can fail for another team's server: variants of it are caught by their own scenarios.

These are some of each capability and tier; `make mutants` tries them all.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping

import pytest
from mutants.foreign import VARIANTS
from mutants.trial import UNBROKEN, judge_foreign, some_at_a_time

from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.timing import Timing

AT_A_TIME = 6
TIMING = Timing()

CHOSEN = (
    "accepts-a-missing-token",
    "keeps-sockets-after-logout",
    "creates-direct-conversations-side-by-side",
    "leaves-removed-sockets-in-the-room",
    "doubles-after-the-second-reconnect",
    "loses-one-in-200",
    "looks-for-retries-too-early",
    "lets-others-edit",
    "forgets-changes-while-away",
    "moves-receipts-back",
    "tells-the-typist",
    "goes-offline-with-any-connection",
    "takes-numbers-for-text",
    "takes-events-of-any-size",
    "keeps-changes-to-its-instance",
    "tells-its-own-messages-first",
    "limits-each-instance-by-itself",
)


@pytest.fixture(scope="module")
async def judged(
    request: pytest.FixtureRequest, foreign_server: str
) -> AsyncIterator[Mapping[str, "asyncio.Task[list[Outcome]]"]]:
    """The outcomes to come for each variant that a test was chosen for: several are judged at a time."""

    def job(name: str) -> Callable[[], Coroutine[None, None, list[Outcome]]]:
        variant = VARIANTS[name]
        return lambda: judge_foreign(foreign_server, name, variant.instances, (variant.killer,), TIMING)

    items = [each for each in request.session.items if isinstance(each, pytest.Function) and each.path == request.path]
    names = [each.callspec.params["name"] for each in items if "judged" in each.fixturenames]
    async with some_at_a_time({name: job(name) for name in names}, AT_A_TIME) as tasks:
        yield tasks


async def test_an_unbroken_server_survives(foreign_server: str) -> None:
    """The scenarios that kill the variants all pass against the server as it is."""
    killers = {VARIANTS[name].killer for name in CHOSEN}
    outcomes = await judge_foreign(foreign_server, UNBROKEN, 2, sorted(killers), Timing(4.0))
    assert {each.scenario.id: each.verdict for each in outcomes} == dict.fromkeys(killers, Verdict.PASS)


@pytest.mark.parametrize("name", CHOSEN)
async def test_a_variant_is_killed_by_its_scenario(
    judged: Mapping[str, "asyncio.Task[list[Outcome]]"], name: str
) -> None:
    """The named scenario fails, and for the reason that is named too."""
    (outcome,) = await judged[name]
    assert VARIANTS[name].survives(outcome) is None
