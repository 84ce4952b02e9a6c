"""A server in Node.js that shares no code with this repository keeps the gateway's contract, as `conform` judges it."""

import asyncio
import json
import re
import sys
from pathlib import Path

from servers.foreign import across_instances

from palaver_conformance.scenarios import all_scenarios

TIMEOUT = 180.0

ACROSS_INSTANCES = {each.id for each in all_scenarios() if each.instances > 1 and not each.id.startswith("faults.")}


async def conform(folder: Path, launch: str, instances: int, *options: str) -> tuple[int, str, dict[str, str]]:
    """Judge the server as its team would; give the exit code, what was printed, and the verdict on each scenario."""
    report = folder / "report.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "palaver", "conform", "--spec", "gateway", "--json", str(report)),
        *("--launch", launch, "--instances", str(instances), "--skip", "faults.*", "--time-factor", "3", "--seed", "5"),
        *options,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), TIMEOUT)
    assert process.returncode is not None
    printed = output.decode(errors="replace")
    assert report.exists(), printed
    results = json.loads(report.read_text())["scenarios"]
    return process.returncode, printed, {each["id"]: each["verdict"] for each in results}


def passed(verdicts: dict[str, str]) -> set[str]:
    """Give the scenarios that passed."""
    return {name for name, verdict in verdicts.items() if verdict == "pass"}


async def test_one_instance_conforms(tmp_path: Path, foreign_server: str) -> None:
    """Nothing fails, whatever the documents offer is used, and everything that it limits is limited."""
    code, printed, verdicts = await conform(tmp_path, foreign_server, 1)
    assert set(verdicts.values()) == {"pass", "not-applicable"}, printed
    assert re.search(r"operations (\d+)/\1; events (\d+)/\2;", printed), printed
    limits = {name for name in verdicts if name.startswith("limits.")}
    # How many requests a second it takes to reach that one is for the machine to say.
    assert limits - {"limits.requests.rate"} <= passed(verdicts), printed
    assert not ACROSS_INSTANCES & passed(verdicts)
    assert code == 0


async def test_two_instances_conform(tmp_path: Path, foreign_server: str) -> None:
    """Two instances that meet in a Redis are to their clients as one: nothing fails, and everything crosses.

    They are judged by what it takes two for, and by what is stored and told, which is in Redis here.
    """
    capabilities = ("instances", "messages", "membership", "receipts", "sync")
    tags = [part for each in capabilities for part in ("--tag", each)]
    code, printed, verdicts = await conform(tmp_path, across_instances(foreign_server), 2, *tags)
    assert set(verdicts.values()) == {"pass", "not-applicable"}, printed
    assert passed(verdicts) >= ACROSS_INSTANCES, printed
    assert code == 0
