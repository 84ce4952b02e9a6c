"""A server in Node.js that shares no code with this repository keeps the gateway's contract, as `conform` judges it."""

import re
from pathlib import Path

from servers.foreign import across_instances
from servers.judge import Judgement, conform

from palaver_conformance.scenarios import all_scenarios

TIMEOUT = 600.0

ACROSS_INSTANCES = {each.id for each in all_scenarios() if each.instances > 1 and not each.id.startswith("faults.")}


async def judged(folder: Path, launch: str, instances: int, *options: str) -> Judgement:
    """Judge the server as its team would."""
    options = ("--spec", "gateway", "--launch", launch, "--instances", str(instances), "--skip", "faults.*", *options)
    return await conform(folder, "--time-factor", "3", *options, patience=TIMEOUT)


async def test_one_instance_conforms(tmp_path: Path, foreign_server: str) -> None:
    """Nothing fails, whatever the documents offer is used, and everything that it limits is limited."""
    found = await judged(tmp_path, foreign_server, 1)
    assert set(found.verdicts.values()) == {"pass", "not-applicable"}, found.printed
    assert re.search(r"operations (\d+)/\1; events (\d+)/\2;", found.printed), found.printed
    # Some are met only where they are known; how many requests a second it takes to reach one, the machine says.
    sought = {each.id for each in all_scenarios() if each.id.startswith("limits.") and each.limit is None}
    unbounded = {"limits.metadata.size"}
    assert sought & found.verdicts.keys() - {"limits.requests.rate"} - unbounded <= found.passed, found.printed
    assert not ACROSS_INSTANCES & found.passed
    assert found.code == 0


async def test_two_instances_conform(tmp_path: Path, foreign_server: str) -> None:
    """Two instances that meet in a Redis are to their clients as one: nothing fails, and everything crosses.

    They are judged by what it takes two for, and by what is stored and told, which is in Redis here.
    """
    capabilities = ("instances", "messages", "membership", "receipts", "sync")
    tags = [part for each in capabilities for part in ("--tag", each)]
    found = await judged(tmp_path, across_instances(foreign_server), 2, *tags)
    assert set(found.verdicts.values()) == {"pass", "not-applicable"}, found.printed
    assert found.passed >= ACROSS_INSTANCES, found.printed
    assert found.code == 0
