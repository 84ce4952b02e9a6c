"""Has a server do what servers do most, for the compiler of C to learn from: workloads of `make bench`.

The build that it is given counts which way it goes how often, and notes that when its process ends.
`supply/compiling.py` makes it, and compiles again with what was noted.

    python bench/training.py FOLDER
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import uvloop
from compare import end_with, progress, stop_at_sigterm
from versus.contestants import CONTESTANTS, OURS, palaver
from versus.cores import Cores
from versus.race import Place, at_start, opened
from versus.workloads import WORKLOADS

LESSONS: Final = (
    "ack-50",
    "fan-100-one",
    "fan-100",
    "durable-sqlite-50",
    "durable-postgresql-50",
    "redis-fan",
    "connect",
    "reconnect",
)
"""One of each kind; whoever connects also goes."""
_SECONDS: Final = 2.0


async def train(folder: Path, lessons: Sequence[str], seconds: float, place: Place) -> None:
    """Put a build through workloads, of so many seconds each; raise RuntimeError if it fails at one."""
    stop_at_sigterm()
    counting = replace(CONTESTANTS[OURS], start=palaver(str(folder)))
    for name in lessons:
        progress(f"training: {WORKLOADS[name].title}")
        async with at_start(counting, WORKLOADS[name], place) as (load, running):
            await WORKLOADS[name].round(load, running, seconds)
    progress("")


def main() -> None:
    """Train; give the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="what goes before the sources on Python's path")
    parser.add_argument("--only", nargs="+", choices=LESSONS, default=LESSONS, metavar="WORKLOAD", help="these alone")
    parser.add_argument("--seconds", type=float, default=_SECONDS, help="of each (default 2)")
    given = parser.parse_args()
    usable = os.sched_getaffinity(0)

    def work() -> int:
        # Nothing is measured: one processor does for both.
        with opened(Cores(min(usable), max(usable))) as place:
            uvloop.run(train(given.folder.resolve(), given.only, given.seconds, place))
        return 0

    end_with(work)


if __name__ == "__main__":
    main()
