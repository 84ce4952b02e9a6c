"""`palaver conform` as a process of its own, and what it found."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from servers.palaver import Server

TIMEOUT = 900.0


@dataclass(frozen=True)
class Judgement:
    """The exit code, what was printed, and what the report says of each scenario, by its id."""

    code: int
    printed: str = field(repr=False)
    results: dict[str, dict[str, Any]] = field(repr=False)

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict on each scenario."""
        return {name: result["verdict"] for name, result in self.results.items()}

    @property
    def passed(self) -> set[str]:
        """The scenarios that passed."""
        return {name for name, verdict in self.verdicts.items() if verdict == "pass"}

    @property
    def shortcomings(self) -> dict[str, str]:
        """What did not pass, of the scenarios that do not break things."""
        return {
            name: verdict
            for name, verdict in self.verdicts.items()
            if verdict != "pass" and not name.startswith("faults.")
        }


async def conform(
    folder: Path, *options: str, env: Mapping[str, str] | None = None, patience: float = TIMEOUT
) -> Judgement:
    """Run `palaver conform` with these options in a folder, which gets its report too."""
    report = folder / "report.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "palaver", "conform", "--json", str(report)),
        # What is drawn at random is the same each time: hunting for more is not the business of these tests.
        *("--seed", "5", *options),
        cwd=folder,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), patience)
    assert process.returncode is not None
    printed = output.decode(errors="replace")
    assert report.exists(), printed
    results = json.loads(report.read_text())["scenarios"]
    return Judgement(process.returncode, printed, {each["id"]: each for each in results})


async def judge(
    folder: Path, spec: str, servers: Sequence[Server], *options: str, secret: str | None = None
) -> Judgement:
    """Judge servers that are the instances of one; with `secret`, tokens of users are signed and not asked for.

    Other options of the command are passed on to it.
    """
    return await conform(
        folder,
        *("--spec", spec),
        # A wait that ends with an event takes no longer for being patient, and machines of tests are slow.
        *("--time-factor", "4"),
        *(part for server in servers for part in ("--url", server.url)),
        *(part for server in servers if server.grpc for part in ("--grpc", server.grpc)),
        *(() if secret is None else ("--secret", secret)),
        *options,
    )
