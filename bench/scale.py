"""What things cost our compiled server where there is ever more of something, and what several workers come to.

Pages of history are asked for at 10 thousand, a million and 10 million messages, on SQLite and PostgreSQL; a message is
sent in rooms of more and more members, among more and more conversations, over several instances; users of more and
more conversations say nothing; several workers are measured with one. The server has a processor for itself, workers
have all; load client, databases and Redis share another. What is filled lies in a temporary folder and is removed, also
at Ctrl-C: 10 million messages take 10 GB.

    python bench/scale.py [--only PART ...] [--messages NUMBER ...] [--on DATABASE ...] [--json FILE]
"""

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import uvloop
from compare import NO_MEASUREMENT, end_with, machine, prepared, progress, say, stop_at_sigterm
from machine import going_first
from scaling.history import BYTES, run
from scaling.results import Results, read, write
from scaling.series import PARTS, SERIES, SERVERS
from surroundings import DATABASES
from versus.cores import Cores, cores
from versus.race import Place, race
from versus.table import shown

HISTORY: Final = "history"
MESSAGES: Final = (10_000, 1_000_000, 10_000_000)


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    made = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n")[0],
        epilog=f"exit code: 0, or {NO_MEASUREMENT} if something cannot be measured here, 130 after Ctrl-C.",
    )
    parts = (HISTORY, *PARTS)
    made.add_argument("--only", nargs="+", choices=parts, default=parts, metavar="PART", help=f"of {', '.join(parts)}")
    made.add_argument(
        "--messages",
        nargs="+",
        type=int,
        default=MESSAGES,
        metavar="NUMBER",
        help="at which the history is read, rising",
    )
    made.add_argument(
        "--on", nargs="+", choices=DATABASES, default=DATABASES, metavar="DATABASE", help="for the history"
    )
    made.add_argument(
        "--times", type=float, default=1.0, help="how many times as much is asked of the history as usual"
    )
    made.add_argument("--rounds", type=int, default=3, help="of all else")
    made.add_argument("--seconds", type=float, default=1.0, help="of each round")
    made.add_argument("--json", type=Path, metavar="FILE", help="write what was found here, beside what it has")
    return made


async def measure(given: argparse.Namespace, place: Place, results: Results) -> None:
    """Measure what the command line asks for, and keep what is found as it comes."""
    # What was filled is removed then.
    stop_at_sigterm()

    def keep(lines: Iterator[str]) -> None:
        progress("")
        say("\n".join(lines))
        if given.json:
            write(results, given.json)

    if HISTORY in given.only:
        for kind in given.on:
            found = results.history[kind] = {}
            async for number, waits in run(kind, given.messages, place.cores, given.times, progress):
                found[number] = waits
                keep(told_history(results, kind, number))
    for name in [each for part in given.only for each in PARTS.get(part, ())]:
        series = SERIES[name]
        rounds = results.series[name] = {}
        for number, workload in series.points.items():
            # Who is started meanwhile is of this session.
            with going_first():
                outcome = await race(
                    workload,
                    workload.contestants,
                    given.rounds,
                    given.seconds,
                    place,
                    lambda line, name=name, number=number: progress(f"{name} {number:,}: {line}"),
                    SERVERS,
                )
            if outcome.failures:
                raise RuntimeError(f"{name} {number:,}: {outcome.failures}")
            rounds[number] = outcome.rounds[series.server]
            keep(told_point(results, name, number))


def told_history(results: Results, kind: str, number: int) -> Iterator[str]:
    """Tell what was found at a number of messages, with how many times that of the smallest one it is."""
    for name, each in results.history[kind][number].items():
        waited = f"p50 {shown(each.p50):>6} ms  p99 {shown(each.p99):>6} ms"
        yield f"{kind:10} {number:>10,} {name:11} {waited}  {each.times:>7.2f}x"


def told_point(results: Results, name: str, number: int) -> Iterator[str]:
    """Tell the figures of one number of a series."""
    for figure in SERIES[name].figures:
        yield f"{name:24} {number:>8,} {figure:16} {shown(results.medians(name, figure)[number]):>9}"


def begun(file: Path | None) -> Results:
    """Give results that are empty, or those of a file, of which only what is measured now becomes another."""
    if file is None or not file.exists():
        return Results(machine())
    found = read(file)
    if found.machine != machine():
        raise RuntimeError(f"{file} is of another machine or Python, whose figures do not go with ours: remove it")
    return found


def require_room(messages: Sequence[int], folder: Path) -> None:
    """Raise RuntimeError unless there is room for so many messages, and as much again that stays free."""
    needed, free = max(messages) * BYTES, shutil.disk_usage(folder).free
    if free < 2 * needed:
        raise RuntimeError(
            f"{max(messages):,} messages take up to {needed / 1e9:.1f} GB, and {folder} has {free / 1e9:.1f}"
        )


def start(given: argparse.Namespace, where: Cores) -> int:
    """Prepare what measuring takes, and measure; give the exit code."""
    if list(given.messages) != sorted(set(given.messages)):
        raise RuntimeError("--messages is to rise: more are added to those that are there")
    if HISTORY in given.only:
        require_room(given.messages, Path(tempfile.gettempdir()))
    results = begun(given.json)
    with prepared(where) as place:
        uvloop.run(measure(given, place, results))
    return 0


def main() -> None:
    """Measure, print, and write what was found where it is wanted."""
    given = parser().parse_args()
    end_with(lambda: start(given, cores()))


if __name__ == "__main__":
    main()
