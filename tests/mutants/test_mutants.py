"""The conformance suite can fail: mutants of the reference server are caught by the scenarios that are named for them.

These are some of each capability and tier; `make mutants` tries them all.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping

import pytest
from mutants.catalogue import MUTANTS
from mutants.trial import UNBROKEN, judge_reference, some_at_a_time

from palaver_conformance.timing import Timing
from palaver_conformance.verdict import Outcome, Verdict

AT_A_TIME = 3
# A wait that ends with an event takes no longer for being patient, and machines of tests are slow.
TIMING = Timing(2.0)

CHOSEN = (
    "accepts-a-missing-token",
    "keeps-expired-sockets",
    "keeps-sockets-after-logout",
    "creates-direct-conversations-side-by-side",
    "leaves-removed-sockets-in-the-room",
    "trusts-what-it-knew-of-members",
    "lets-non-members-send",
    "writes-to-one-device-only",
    "loses-one-in-200",
    "doubles-after-the-second-reconnect",
    "swaps-neighbours",
    "forgets-client-identifiers",
    "lets-others-edit",
    "keeps-deletions-to-itself",
    "brings-deleted-messages-back",
    "forgets-one-message-in-sync",
    "acknowledges-before-the-commit",
    "moves-receipts-back",
    "goes-offline-with-any-connection",
    "tells-the-typist",
    "ignores-unknown-fields",
    "shows-stack-traces",
    "never-limits",
    "limits-each-socket-by-itself",
    "sends-only-messages-to-other-instances",
    "keeps-removals-to-its-instance",
    "tells-its-own-messages-first",
    "does-not-subscribe-again",
    "goes-by-its-own-clock",
    "turns-away-whom-it-cannot-let-in-at-once",
    "hears-rooms-that-it-has-not-entered",
    "answers-senders-twice",
    "confirms-to-everybody",
    "forgets-the-recipients-copy",
)


@pytest.fixture(scope="module")
async def judged(request: pytest.FixtureRequest) -> AsyncIterator[Mapping[str, "asyncio.Task[list[Outcome]]"]]:
    """The outcomes to come for each mutant that a test was chosen for: several are judged at a time."""

    def job(name: str) -> Callable[[], Coroutine[None, None, list[Outcome]]]:
        mutant = MUTANTS[name]
        return lambda: judge_reference(name, mutant.dialect, mutant.instances, (mutant.killer,), TIMING)

    items = [each for each in request.session.items if isinstance(each, pytest.Function) and each.path == request.path]
    names = [each.callspec.params["name"] for each in items if "judged" in each.fixturenames]
    async with some_at_a_time({name: job(name) for name in names}, AT_A_TIME) as tasks:
        yield tasks


@pytest.mark.parametrize(
    ("dialect", "instances"), sorted({(MUTANTS[name].dialect, MUTANTS[name].instances) for name in CHOSEN})
)
async def test_an_unbroken_server_survives(dialect: str, instances: int) -> None:
    """The scenarios that kill the mutants all pass against the server as it is."""
    chosen = [MUTANTS[name] for name in CHOSEN]
    killers = {each.killer for each in chosen if (each.dialect, each.instances) == (dialect, instances)}
    outcomes = await judge_reference(UNBROKEN, dialect, instances, sorted(killers), TIMING)
    assert {each.scenario.id: each.verdict for each in outcomes} == dict.fromkeys(killers, Verdict.PASS)


@pytest.mark.parametrize("name", CHOSEN)
async def test_a_mutant_is_killed_by_its_scenario(
    judged: Mapping[str, "asyncio.Task[list[Outcome]]"], name: str
) -> None:
    """The named scenario fails, and for the reason that is named too."""
    (outcome,) = await judged[name]
    assert MUTANTS[name].survives(outcome) is None
