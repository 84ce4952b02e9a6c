"""The conformance suite can fail: each mutant is caught by the scenario that is named for it."""

import asyncio
import json
import shlex
import sys
from pathlib import Path

import pytest
from mutants.catalogue import MUTANTS

SERVE = Path(__file__).parent / "serve.py"
TIMEOUT = 300.0


async def conform(
    folder: Path, mutant: str, *scenarios: str, instances: int = 1
) -> tuple[int, dict[str, dict[str, object]]]:
    """Judge a mutant by some scenarios; give the exit code, and the results by scenario.

    Several instances get a PostgreSQL and a Redis to meet in, one has a file for itself.
    """
    report = folder / "report.json"
    together = "PALAVER_DATABASE_URL={database_url} PALAVER_REDIS_URL={redis_url} PALAVER_JWT_SECRET={secret} "
    together += "PALAVER_CLOCK_OFFSET_SECONDS={clock_offset} "
    alone = f"PALAVER_DATABASE_URL=sqlite:///{folder / 'mutant.db'} "
    command = shlex.join([sys.executable, str(SERVE), mutant, "--dialect", "gateway", "--port", "{port}"])
    launch = (together if instances > 1 else alone) + command
    only = [part for each in scenarios for part in ("--only", each)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "palaver", "conform", "--spec", "gateway", "--launch", launch),
        *("--instances", str(instances)),
        *("--json", str(report), *only),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), TIMEOUT)
    assert report.exists(), output.decode(errors="replace")
    assert process.returncode is not None
    results = json.loads(report.read_text())["scenarios"]
    return process.returncode, {each["id"]: each for each in results}


@pytest.mark.parametrize("instances", [1, 2])
async def test_an_unbroken_server_survives(tmp_path: Path, instances: int) -> None:
    """The scenarios that kill the mutants all pass against the server as it is."""
    killers = sorted({mutant.killer for mutant in MUTANTS.values() if mutant.instances == instances})
    code, results = await conform(tmp_path, "none", *killers, instances=instances)
    assert {name: each["verdict"] for name, each in results.items()} == dict.fromkeys(killers, "pass")
    assert code == 0


@pytest.mark.parametrize("name", MUTANTS)
async def test_a_mutant_is_killed_by_its_scenario(tmp_path: Path, name: str) -> None:
    """The named scenario fails, for a reason and not for want of a server, and so does the run."""
    killer = MUTANTS[name].killer
    code, results = await conform(tmp_path, name, killer, instances=MUTANTS[name].instances)
    assert code == 1
    assert results[killer]["verdict"] == "fail", results[killer]["reason"]
