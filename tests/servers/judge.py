"""`palaver conform` as a process of its own, and what it found."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from servers.palaver import Server

TIMEOUT = 300.0


@dataclass(frozen=True)
class Judgement:
    """The exit code, what was printed, and the verdict on each scenario by its id."""

    code: int
    printed: str = field(repr=False)
    verdicts: dict[str, str]

    @property
    def shortcomings(self) -> dict[str, str]:
        """What did not pass, of the scenarios that do not break things."""
        return {
            name: verdict
            for name, verdict in self.verdicts.items()
            if verdict != "pass" and not name.startswith("faults.")
        }


async def judge(
    folder: Path, spec: str, servers: Sequence[Server], *options: str, secret: str | None = None
) -> Judgement:
    """Judge servers that are the instances of one; with `secret`, tokens of users are signed and not asked for.

    Other options of the command are passed on to it.
    """
    report = folder / "report.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "palaver", "conform", "--spec", spec, "--json", str(report)),
        # A wait that ends with an event takes no longer for being patient, and machines of tests are slow.
        *("--time-factor", "4"),
        # What is drawn at random is the same each time: hunting for more is not the business of these tests.
        *("--seed", "5"),
        *(part for server in servers for part in ("--url", server.url)),
        *(part for server in servers if server.grpc for part in ("--grpc", server.grpc)),
        *(() if secret is None else ("--secret", secret)),
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
    return Judgement(process.returncode, printed, {each["id"]: each["verdict"] for each in results})
