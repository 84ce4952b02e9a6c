"""Where the time of our compiled server's processor goes: samples of `perf`, by the rooms that a message goes through.

Each workload is that of `make bench`; the server has a processor for itself. A sample is for the innermost room that it
came through, with what libraries, the interpreter and the kernel do for it.

    python bench/shares.py [--only WORKLOAD ...] [--seconds SECONDS] [--json FILE]
"""

import argparse
import asyncio
import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

import uvloop
from compare import end_with, prepared, progress, say, stop_at_sigterm
from versus.contestants import CONTESTANTS, OURS
from versus.cores import Cores, cores
from versus.race import Place, at_start
from versus.samples import ROOMS, Share, shares
from versus.workloads import WORKLOADS

USUAL: Final = ("ack-50", "fan-100-one", "fan-100", "durable-sqlite-50", "durable-postgresql-50", "redis-fan")
_EACH_SECOND: Final = 1_500
_WARM_UP: Final = 2.0
"""Seconds before it is looked at."""
_STACK: Final = 16_384
"""Bytes of the stack that are kept of each sample: most have less, and perf is slow to write more."""


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    made = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n")[0],
        epilog="perf is of the distribution's linux-perf, and needs root, or kernel.perf_event_paranoid at 1 or less.",
    )
    made.add_argument("--only", nargs="+", choices=WORKLOADS, default=USUAL, metavar="WORKLOAD", help="look at these")
    made.add_argument("--seconds", type=float, default=3.0, help="in which it is looked at each (default 3)")
    made.add_argument("--json", type=Path, metavar="FILE", help="write what was found here, for `make bench-page`")
    return made


async def recorded(workload: str, seconds: float, place: Place, file: Path) -> None:
    """Have perf look at our server while it is at a workload; raise RuntimeError with its words if it cannot."""
    stop_at_sigterm()
    asked = WORKLOADS[workload]
    async with at_start(CONTESTANTS[OURS], asked, place) as (load, running):
        await asked.round(load, running, _WARM_UP)
        process = await asyncio.create_subprocess_exec(
            *("perf", "record", "--quiet", "--event", "cpu-clock", "--freq", str(_EACH_SECOND)),
            *("--call-graph", f"dwarf,{_STACK}", "--output", file),
            *("--pid", ",".join(str(each.pid) for each in running.instances)),
            *("--", "sleep", str(seconds)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            await asked.round(load, running, seconds)
            _, errors = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
    if process.returncode:
        raise RuntimeError(f"perf cannot look at the server:\n{errors.decode(errors='replace').strip()}")


def found_in(file: Path) -> dict[str, Share]:
    """Read what perf has recorded."""
    command = ["perf", "script", "--no-inline", "--fields", "ip,sym,dso", "--input", str(file)]
    with subprocess.Popen(  # noqa: S603 - the one that PATH has, with what we have written
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        found = shares(process.stdout)
    if process.returncode:
        raise RuntimeError(f"perf cannot read what it has recorded: it ended with {process.returncode}")
    return found


def measure(given: argparse.Namespace, where: Cores) -> int:
    """Look at all workloads that are asked for, and print and write what was found."""
    if shutil.which("perf") is None:
        raise RuntimeError("perf is not on PATH: install the distribution's linux-perf")
    found: dict[str, Mapping[str, Share]] = {}
    with prepared(where) as place:
        for name in given.only:
            progress(f"{name}: {WORKLOADS[name].title}")
            file = place.scratch / f"{name}.perf"
            uvloop.run(recorded(name, given.seconds, place, file))
            found[name] = found_in(file)
            file.unlink()
            progress("")
            say(f"{name}: {WORKLOADS[name].title}")
            for room in ROOMS:
                share = found[name][room]
                say(f"  {room:50} {share.all:6.1%}, of which the kernel {share.kernel:6.1%}")
    if given.json:
        told = {name: {room: asdict(share) for room, share in each.items()} for name, each in found.items()}
        given.json.write_text(json.dumps(told, indent=1) + "\n")
    return 0


def main() -> None:
    """Look, print, and write what was found where it is wanted."""
    given = parser().parse_args()
    end_with(lambda: measure(given, cores()))


if __name__ == "__main__":
    main()
