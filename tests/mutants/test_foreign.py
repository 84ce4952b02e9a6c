"""The conformance suite can fail for another team's server: each variant of it is caught by its own scenario."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping

import pytest
from mutants.foreign import VARIANTS
from mutants.trial import UNBROKEN, judge_foreign, some_at_a_time

from palaver_conformance.timing import Timing
from palaver_conformance.verdict import Outcome, Verdict

AT_A_TIME = 6
TIMING = Timing()


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
    killers = {variant.killer for variant in VARIANTS.values()}
    outcomes = await judge_foreign(foreign_server, UNBROKEN, 2, sorted(killers), Timing(3.0))
    assert {each.scenario.id: each.verdict for each in outcomes} == dict.fromkeys(killers, Verdict.PASS)


@pytest.mark.parametrize("name", VARIANTS)
async def test_a_variant_is_killed_by_its_scenario(
    judged: Mapping[str, "asyncio.Task[list[Outcome]]"], name: str
) -> None:
    """The named scenario fails, and for the reason that is named too."""
    (outcome,) = await judged[name]
    assert VARIANTS[name].survives(outcome) is None
