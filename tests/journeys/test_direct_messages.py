"""A dialect of direct messages alone keeps its contract, on one instance and over several."""

import asyncio
import json
import sys
from pathlib import Path

from servers.palaver import serving

TIMEOUT = 180.0
SECRET = "the secret of these tests, which is long enough"

ONE = {
    "auth.connect.valid",
    "conversations.direct.first",
    "messages.send.contents",
    "messages.send.retry",
    "sync.history.pages",
    "receipts.mark.counts",
    "typing.start.others",
    "limits.messages.rate",
}
SEVERAL = {"instances.message.crosses", "instances.typing.crosses", "instances.retry.crosses"}


async def judge(folder: Path, *urls: str) -> tuple[int, str, dict[str, str]]:
    """Judge a server; give the exit code, what was printed, and the verdict on each scenario."""
    report = folder / "report.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "palaver", "conform", "--spec", "social", "--json", str(report), "--secret", SECRET),
        *(part for url in urls for part in ("--url", url)),
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


async def test_direct_messages_conform(tmp_path: Path) -> None:
    """What applies passes, and all that the documents have was seen, but for the codes that only faults bring about."""
    async with serving("--dialect", "social", env={"PALAVER_JWT_SECRET": SECRET}) as server:
        code, printed, verdicts = await judge(tmp_path, server.url)
    assert set(verdicts.values()) == {"pass", "not-applicable"}, printed
    assert {verdicts[each] for each in ONE} == {"pass"}, printed
    assert code == 0
    assert "operations 8/8; events 4/4; errors 7/9 (not INTERNAL_ERROR, SERVICE_UNAVAILABLE)" in printed
    assert not [line for line in server.lines if " ERROR " in line], server.output


async def test_direct_messages_cross_instances(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    """Two instances on one PostgreSQL and one Redis are to the two of a conversation as one."""
    env = {"PALAVER_DATABASE_URL": postgres_url, "PALAVER_REDIS_URL": redis_url, "PALAVER_JWT_SECRET": SECRET}
    async with serving("--dialect", "social", env=env) as first, serving("--dialect", "social", env=env) as second:
        code, printed, verdicts = await judge(tmp_path, first.url, second.url)
    assert set(verdicts.values()) == {"pass", "not-applicable"}, printed
    assert {verdicts[each] for each in (*ONE, *SEVERAL)} == {"pass"}, printed
    assert code == 0
    assert not [line for line in (*first.lines, *second.lines) if " ERROR " in line]
