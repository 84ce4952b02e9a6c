"""Clusters of the reference server, launched for scenarios that break things."""

import shlex
import sys
from collections.abc import Sequence

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Outcome
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing
from palaver_conformance.topology.instance import Command
from palaver_conformance.topology.topology import launched

SERVE = (
    "PALAVER_JWT_SECRET={secret} PALAVER_CLOCK_OFFSET_SECONDS={clock_offset} "
    f"{shlex.quote(sys.executable)} -m palaver serve --dialect gateway --port {{port}}"
)
CLUSTER = f"PALAVER_DATABASE_URL={{database_url}} PALAVER_REDIS_URL={{redis_url}} {SERVE}"
DEAF = f"PALAVER_DATABASE_URL={{database_url}} UNUSED={{redis_url}} {SERVE}"
"""Instances that are not connected."""


async def broken(
    template: str, known: Contract, scenarios: Sequence[Scenario], *names: str, factor: float = 1.0
) -> dict[str, Outcome]:
    """Run those of the scenarios that are named against two instances that are launched for them."""
    chosen = [each for each in scenarios if each.id in names]
    async with launched(Command.parse(template), 2, known) as topology:
        # Requests set the stage, which is not what a hurried test is about.
        subject = Subject(topology.urls, known, secret=topology.secret, topology=topology)
        try:
            outcomes = await Runner(subject, known, Timing(factor)).run(chosen)
        finally:
            await subject.close()
    return {each.scenario.id: each for each in outcomes}
