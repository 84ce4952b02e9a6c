"""The conformance suite can fail for another team's server: each variant of it is caught by its own scenario."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest
from mutants.foreign import VARIANTS, Variant
from servers.foreign import across_instances

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.runner import Runner
from palaver_conformance.scenarios import all_scenarios
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing
from palaver_conformance.topology.instance import Command
from palaver_conformance.topology.topology import launched
from palaver_conformance.verdict import Outcome, Verdict

AT_A_TIME = 6


@pytest.fixture(scope="module")
def contract() -> Contract:
    """The documents that the server is judged by."""
    return sources.load("gateway")


async def judge(command: str, instances: int, contract: Contract, *names: str, patience: float = 1.0) -> list[Outcome]:
    """Start a server, and run the scenarios of these names against it."""
    timing = Timing(patience)
    async with launched(Command.parse(command), instances, contract) as topology:
        subject = Subject(topology.urls, contract, timing, topology=topology)
        try:
            return await Runner(subject, contract, timing).run([each for each in all_scenarios() if each.id in names])
        finally:
            await subject.close()


@pytest.fixture(scope="module")
async def judged(
    request: pytest.FixtureRequest, foreign_server: str, contract: Contract
) -> AsyncIterator[Mapping[str, asyncio.Task[list[Outcome]]]]:
    """The outcomes to come for each variant that a test was chosen for: several are judged at a time."""
    turns = asyncio.Semaphore(AT_A_TIME)

    async def turn(variant: Variant) -> list[Outcome]:
        command = across_instances(foreign_server) if variant.instances > 1 else foreign_server
        async with turns:
            return await judge(f"{command} --sabotage {variant.name}", variant.instances, contract, variant.killer)

    items = [each for each in request.session.items if isinstance(each, pytest.Function) and each.path == request.path]
    chosen = [each.callspec.params["name"] for each in items if "name" in each.fixturenames]
    tasks = {name: asyncio.create_task(turn(VARIANTS[name])) for name in chosen}
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.wait(tasks.values())


async def test_an_unbroken_server_survives(foreign_server: str, contract: Contract) -> None:
    """The scenarios that kill the variants all pass against the server as it is."""
    killers = {variant.killer for variant in VARIANTS.values()}
    outcomes = await judge(across_instances(foreign_server), 2, contract, *killers, patience=3.0)
    assert {each.scenario.id: each.verdict for each in outcomes} == dict.fromkeys(killers, Verdict.PASS)


@pytest.mark.parametrize("name", VARIANTS)
async def test_a_variant_is_killed_by_its_scenario(
    judged: Mapping[str, asyncio.Task[list[Outcome]]], name: str
) -> None:
    """The named scenario fails, for a reason and not for want of a server."""
    (outcome,) = await judged[name]
    assert outcome.verdict is Verdict.FAIL, outcome.reason
