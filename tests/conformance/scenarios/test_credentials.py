"""The scenarios about credentials: an honest server passes them; liars are among the mutants."""

import sys
from pathlib import Path

from samples import failures, judge, untried

from palaver_conformance.contract.model import Contract
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.scenarios import credentials
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing
from palaver_conformance.topology.instance import Command
from palaver_conformance.topology.topology import launched

SCENARIOS = {each.id: each for each in vars(credentials).values() if isinstance(each, Scenario)}


async def test_honest_server_passes(tmp_path: Path, shipped: Contract) -> None:
    """The reference server passes every scenario where the harness has started it, and so knows its log."""
    serve = f"{sys.executable} -m palaver serve --dialect {shipped.name} --port {{port}}"
    command = f"PALAVER_DATABASE_URL=sqlite:///{tmp_path}/palaver.db {serve}"
    timing = Timing(2.0)
    async with launched(Command.parse(command), 1, shipped, timing) as topology:
        subject = Subject(topology.urls, shipped, timing, topology=topology)
        try:
            outcomes = await Runner(subject, shipped, timing).run(list(SCENARIOS.values()))
        finally:
            await subject.close()
    found = {each.scenario.id: each for each in outcomes}
    assert failures(found) == []
    assert untried(found, shipped) == []


async def test_log_of_somebody_elses_server_is_not_known(reference: str, shipped: Contract) -> None:
    """What a server logs is judged only where the harness can read it."""
    (outcome,) = (await judge(reference, shipped, [SCENARIOS["auth.token.unlogged"]])).values()
    assert outcome.verdict is Verdict.NOT_APPLICABLE
    assert "log" in outcome.reason
