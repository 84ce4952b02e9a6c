"""The reference server keeps its contract, as the conformance suite judges it over real sockets."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from servers.palaver import Server, serving

from palaver_conformance.scenarios import all_scenarios

TIMEOUT = 180.0
SECRET = "the secret of these tests, which is long enough"

ACROSS_INSTANCES = {each.id for each in all_scenarios() if each.instances > 1 and not each.id.startswith("faults.")}
"""What takes several instances; what breaks things takes servers that the harness has started itself."""


async def conform(
    folder: Path, *urls: str, spec: str = "gateway", secret: str | None = None
) -> tuple[int, str, dict[str, str]]:
    """Judge servers; give the exit code, what was printed, and the verdict on each scenario."""
    report = folder / "report.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "palaver", "conform", "--spec", spec, "--json", str(report)),
        *(part for url in urls for part in ("--url", url)),
        *(() if secret is None else ("--secret", secret)),
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


def shortcomings(verdicts: dict[str, str]) -> dict[str, str]:
    """Give the scenarios that did not pass, of those that do not break things."""
    return {name: verdict for name, verdict in verdicts.items() if verdict != "pass" and not name.startswith("faults.")}


@pytest.fixture
async def sqlite_server() -> AsyncIterator[Server]:
    """Serve as without any setting: SQLite in the current folder, and a secret beside it."""
    async with serving() as server:
        yield server


@pytest.fixture
async def postgresql_server(postgres_url: str) -> AsyncIterator[Server]:
    """Serve on PostgreSQL."""
    async with serving(env={"PALAVER_DATABASE_URL": postgres_url, "PALAVER_JWT_SECRET": SECRET}) as server:
        yield server


@pytest.fixture(params=["sqlite_server", "postgresql_server"])
def server(request: pytest.FixtureRequest) -> Server:
    """Give a server on each database."""
    found: Server = request.getfixturevalue(request.param)
    return found


async def test_one_instance_conforms(tmp_path: Path, server: Server) -> None:
    """Every scenario passes on either database; those that take several instances are not applicable."""
    code, printed, verdicts = await conform(tmp_path, server.url)
    assert shortcomings(verdicts) == dict.fromkeys(ACROSS_INSTANCES, "not-applicable"), printed
    assert code == 0
    assert not [line for line in server.lines if " ERROR " in line], server.output


async def test_two_instances_conform(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    """Two instances on one PostgreSQL and one Redis are to their clients as one: whatever happens crosses."""
    env = {"PALAVER_DATABASE_URL": postgres_url, "PALAVER_REDIS_URL": redis_url, "PALAVER_JWT_SECRET": SECRET}
    async with serving(env=env) as first, serving(env=env) as second:
        code, printed, verdicts = await conform(tmp_path, first.url, second.url)
    assert shortcomings(verdicts) == {}, printed
    assert verdicts.keys() >= ACROSS_INSTANCES
    assert code == 0
    assert not [line for line in (*first.lines, *second.lines) if " ERROR " in line]


@pytest.mark.parametrize("dialect", ["messenger"])
async def test_dialect_without_accounts_conforms(
    tmp_path: Path, postgres_url: str, redis_url: str, dialect: str
) -> None:
    """Two instances of a dialect whose tokens come from elsewhere keep its contract, all of it and across them."""
    env = {"PALAVER_DATABASE_URL": postgres_url, "PALAVER_REDIS_URL": redis_url, "PALAVER_JWT_SECRET": SECRET}
    async with serving("--dialect", dialect, env=env) as first, serving("--dialect", dialect, env=env) as second:
        code, printed, verdicts = await conform(tmp_path, first.url, second.url, spec=dialect, secret=SECRET)
    assert set(shortcomings(verdicts).values()) == {"not-applicable"}, printed
    assert {"messages.send.broadcast", "sync.history.pages", "instances.message.crosses"} <= {
        name for name, verdict in verdicts.items() if verdict == "pass"
    }
    assert code == 0
    assert re.search(r"operations (\d+)/\1; events (\d+)/\2;", printed), printed
    assert not [line for line in (*first.lines, *second.lines) if " ERROR " in line]
