"""Our server and its peers side by side, driven by the same frames: ratios, round by round.

The server that is measured has a processor for itself; load client, databases and Redis share another. Contestants
take turns (A B C A B C), so that what else the machine does falls on all of them. What is to be taken from a run are
its ratios: their median, and what they lie between.

    python bench/compare.py [--quick] [--only WORKLOAD ...] [--against PEER ...] [--json FILE] [--plot FILE]
"""

import argparse
import asyncio
import os
import platform
import signal
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import uvloop
from versus.building import build_ours, kind_of_ours
from versus.contestants import CONTESTANTS, OURS
from versus.cores import Cores, cores
from versus.figures import Report, read, write
from versus.plot import plot
from versus.race import Outcome, Place, entered, opened, race
from versus.table import lines
from versus.workloads import QUICK, STANDARD, WORKLOADS, Selection

NO_MEASUREMENT = 2
"""What this exits with where nothing can be measured; 1 says that some contestant failed, 130 that it was stopped."""


def parser() -> argparse.ArgumentParser:
    """Describe the command line, with all that can be named on it."""
    known = "\n".join(f"  {name:24} {workload.title}" for name, workload in WORKLOADS.items())
    peers = "\n".join(f"  {name:24} {each.title}" for name, each in CONTESTANTS.items() if name != OURS)
    made = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n")[0],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"workloads:\n{known}\n\npeers:\n{peers}\n\nexample:\n"
        "  make bench ARGS='--only fan-100 latency --against node limit --rounds 7'\n\n"
        "exit code: 0, or 1 if a server failed at a workload, 2 if nothing can be measured here, 130 after Ctrl-C,\n"
        "which stops all that was started and still tells what was found.",
    )
    which = made.add_mutually_exclusive_group()
    which.add_argument("--only", nargs="+", choices=WORKLOADS, metavar="WORKLOAD", help="measure these; see below")
    which.add_argument("--quick", action="store_true", help=f"measure {', '.join(QUICK)}, in less than a minute")
    which.add_argument("--all", action="store_true", help="measure all against everybody; without it one of each kind")
    made.add_argument(
        "--against", nargs="+", choices=[each for each in CONTESTANTS if each != OURS], metavar="PEER", help="see below"
    )
    made.add_argument("--rounds", type=int, help="turns of each (default 5, 3 with --quick)")
    made.add_argument(
        "--seconds", type=float, help="of each turn, thrice as many to warm up (default 0.5, 0.3 with --quick)"
    )
    made.add_argument(
        "--anew",
        action="store_true",
        help="start everybody for each round, which takes longer: a server keeps what it has of its start "
        "alone, as where it lies in memory",
    )
    made.add_argument(
        "--json", type=Path, metavar="FILE", help="write all rounds here, beside what the file has of other workloads"
    )
    made.add_argument("--plot", type=Path, metavar="FILE", help="draw the ratios here, as SVG")
    return made


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def progress(line: str) -> None:
    """Show on a terminal what is being done, in a line that the next one replaces."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}\r")
        sys.stderr.flush()


def machine() -> dict[str, object]:
    """Say what this was measured on, as far as it says something about the ratios."""
    return {
        "python": platform.python_version(),
        "python_build": python_build(str(sysconfig.get_config_var("CONFIG_ARGS")), sys.base_prefix),
        "palaver": kind_of_ours(),
        "kernel": platform.release(),
        "processors": os.cpu_count(),
    }


def python_build(options: str, prefix: str) -> str:
    """Say how Python was built, as far as it knows, which makes a difference for all that is written in it."""
    if "--enable-optimizations" in options:
        return "built with --enable-optimizations"
    # Distributions have their own ways to the same, which Python does not tell.
    return "as the distribution builds it" if prefix == "/usr" else "built without --enable-optimizations"


async def compare(
    selection: Selection,
    rounds: int,
    seconds: float,
    place: Place,
    done: Callable[[str, Outcome], None],
    *,
    anew: bool,
) -> None:
    """Run workloads one after the other, and hand over what came of each."""
    stop_at_sigterm()
    for name, against in selection.items():
        workload = WORKLOADS[name]
        taking_part = entered(workload, against)
        outcome = await race(
            *(workload, taking_part, rounds, seconds, place),
            lambda line, name=name: progress(f"{name}: {line}"),
            anew=anew,
        )
        progress("")
        done(name, outcome)


def selected(given: argparse.Namespace) -> Selection:
    """Say what the command line asks for: whatever it names or has all of is against everybody, unless it says whom."""
    found: Selection = QUICK if given.quick else STANDARD
    if given.only or given.all:
        found = {name: WORKLOADS[name].contestants for name in given.only or WORKLOADS}
    return {name: tuple(given.against or against) for name, against in found.items()}


def measure(given: argparse.Namespace, where: Cores) -> int:
    """Carry out what the command line asks for; give the exit code."""
    selection = selected(given)
    rounds = given.rounds or (3 if given.quick else 5)
    seconds = given.seconds or (0.3 if given.quick else 0.5)
    report = begun(given.json)
    failures: dict[str, str] = {}

    def done(name: str, outcome: Outcome) -> None:
        report.workloads[name] = outcome
        failures.update(outcome.failures)
        say("\n".join([*lines(report, name), ""]))
        if given.json:
            write(report, given.json)
        if given.plot:
            given.plot.write_text(plot(report))

    with prepared(where) as place:
        who = f"server on processor {where.server}, all else on {where.rest}"
        say(f"{who}, {rounds} rounds of {seconds} s, load {os.getloadavg()[0]:.1f}\n")
        uvloop.run(compare(selection, rounds, seconds, place, done, anew=given.anew))
    return int(bool(failures))


def begun(file: Path | None) -> Report:
    """Give a report that is empty, or that of a file, of which only what is measured now becomes another."""
    if file is None or not file.exists():
        return Report(machine(), {})
    before = read(file)
    if before.machine != machine():
        raise RuntimeError(f"{file} is of another machine or Python, whose figures do not go with ours: remove it")
    return before


@contextmanager
def prepared(where: Cores) -> Iterator[Place]:
    """Prepare what comparisons take: our compiled server, and where races take place."""
    # Before that: all processors take part in it.
    build_ours(lambda step: say(f"the compiled server (build/compiled) is made anew: {step}"))
    with opened(where) as place:
        yield place


def stop_at_sigterm() -> None:
    """Have SIGTERM cancel the task that asks for it, as Ctrl-C does: what it has started is stopped then."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def end_with(work: Callable[[], int]) -> NoReturn:
    """End with the exit code that some work gives; with 130 if it was stopped, or say why nothing can be measured."""
    try:
        sys.exit(work())
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
    except (RuntimeError, ValueError) as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(NO_MEASUREMENT)


def main() -> None:
    """Measure, print, and write what was found where it is wanted."""
    given = parser().parse_args()
    end_with(lambda: measure(given, cores()))


if __name__ == "__main__":
    main()
