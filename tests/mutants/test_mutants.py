"""The conformance suite can fail: mutants of the reference server are caught by the scenarios that are named for them.

These are some of each capability and tier; `make mutants` tries them all.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import TypeAlias

import pytest
from mutants.reference import MUTANTS
from mutants.trial import UNBROKEN, judge_reference, some_at_a_time

from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.timing import Timing

AT_A_TIME = 3
TIMING = Timing()
# What is to pass waits for events, and takes no longer for being patient.
PATIENT = Timing(4.0)

CHOSEN = (
    "accepts-a-missing-token",
    "keeps-sockets-after-logout",
    "leaves-removed-sockets-in-the-room",
    "lets-non-members-send",
    "loses-one-in-200",
    "doubles-after-the-second-reconnect",
    "swaps-neighbours",
    "forgets-client-identifiers",
    "lets-others-edit",
    "brings-deleted-messages-back",
    "forgets-one-message-in-sync",
    "moves-receipts-back",
    "goes-offline-with-any-connection",
    "tells-the-typist",
    "shows-stack-traces",
    "limits-each-socket-by-itself",
    "keeps-removals-to-its-instance",
    "tells-its-own-messages-first",
    "does-not-subscribe-again",
    "hears-rooms-that-it-has-not-entered",
    "keeps-expired-sockets",
)


Judged: TypeAlias = Mapping[tuple[object, ...], "asyncio.Task[list[Outcome]]"]


@pytest.fixture(scope="module")
async def judged(request: pytest.FixtureRequest) -> AsyncIterator[Judged]:
    """The outcomes to come for each test that was chosen, by its parameters: several servers are judged at a time."""
    items = [each for each in request.session.items if isinstance(each, pytest.Function) and each.path == request.path]
    chosen = [tuple(each.callspec.params.values()) for each in items if "judged" in each.fixturenames]
    async with some_at_a_time({each: partial(_judge, *each) for each in chosen}, AT_A_TIME) as tasks:
        yield tasks


async def _judge(name: str, instances: int | None = None) -> list[Outcome]:
    """Judge a mutant by its killer, or the unbroken server of a dialect by all killers that take so many instances."""
    if instances is None:
        mutant = MUTANTS[name]
        return await judge_reference(
            mutant.handle, mutant.dialect, mutant.instances, (mutant.killer,), TIMING, mutant.conditions
        )
    return await judge_reference(UNBROKEN, name, instances, sorted(_killers(name, instances)), PATIENT)


def _killers(dialect: str, instances: int) -> set[str]:
    chosen = [MUTANTS[name] for name in CHOSEN]
    return {each.killer for each in chosen if (each.dialect, each.instances) == (dialect, instances)}


@pytest.mark.parametrize(
    ("dialect", "instances"), sorted({(MUTANTS[name].dialect, MUTANTS[name].instances) for name in CHOSEN})
)
async def test_an_unbroken_server_survives(judged: Judged, dialect: str, instances: int) -> None:
    """The scenarios that kill the mutants all pass against the server as it is."""
    verdicts = {each.scenario.id: each.verdict for each in await judged[dialect, instances]}
    assert verdicts == dict.fromkeys(_killers(dialect, instances), Verdict.PASS)


@pytest.mark.parametrize("name", CHOSEN)
async def test_a_mutant_is_killed_by_its_scenario(judged: Judged, name: str) -> None:
    """The named scenario fails, and for the reason that is named too."""
    (outcome,) = await judged[name,]
    assert MUTANTS[name].survives(outcome) is None
