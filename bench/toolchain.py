"""Lint, generate, docs and conform beside the nearest peers that do the same work: ratios, round by round.

Each figure is that of whole processes, the start of the interpreter included. Contestants take turns (A B C A B C)
with the same documents: those of the gateway dialect, and made ones of any size. What is to be taken from a
run are its ratios: their median, and what they lie between.

    python bench/toolchain.py [--only TASK ...] [--documents gateway 75] [--rounds 3] [--json FILE]
"""

import argparse
import os
import platform
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from compare import python_build, say
from processes import Failed, TooLong
from tools.contestants import Contestant, Place
from tools.installing import install
from tools.table import lines
from tools.tasks import HERE, TASKS, Figures, Task, named, prepared, together
from versus.figures import Report, read, write
from versus.race import Outcome

NO_MEASUREMENT: Final = 2
"""What this exits with where nothing can be measured; 1 says that some contestant failed."""
_SIZES: Final = ("75",)


def parser() -> argparse.ArgumentParser:
    """Describe the command line, with all that can be named on it."""
    known = "\n".join(f"  {name:10} {task.title}: {', '.join(task.contestants)}" for name, task in TASKS.items())
    made = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n")[0],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"tasks, and who does them:\n{known}\n\nexample:\n"
        "  make bench-toolchain ARGS='--only lint generate --documents 150 --rounds 7'\n\n"
        "exit code: 0, or 1 if somebody failed or was not done in time, 2 if nothing can be measured here.",
    )
    made.add_argument("--only", nargs="+", choices=TASKS, metavar="TASK", default=list(TASKS), help="see below")
    made.add_argument(
        "--documents",
        nargs="+",
        type=documents,
        metavar="WHICH",
        default=[HERE, *_SIZES],
        help="gateway, or a number of operations, which are made (default: gateway 75)",
    )
    made.add_argument("--rounds", type=int, default=3, help="turns of each, after one that warms up (default: 3)")
    made.add_argument(
        "--limit",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="for a turn, after which it is ended (default: 120)",
    )
    made.add_argument(
        "--json", type=Path, metavar="FILE", help="write all rounds here, beside what the file has of other tasks"
    )
    return made


def documents(text: str) -> str:
    """Read which documents are wanted."""
    if text != HERE and int(text) < 1:
        raise ValueError(text)
    return text


def machine() -> dict[str, object]:
    """Say what this was measured on, as far as it says something about the ratios."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)  # noqa: S607
    return {
        "python": platform.python_version(),
        "python_build": python_build(str(sysconfig.get_config_var("CONFIG_ARGS")), sys.base_prefix),
        "node": node.stdout.strip().removeprefix("v"),
        "processors": os.cpu_count(),
    }


def begun(file: Path | None) -> Report:
    """Give a report that is empty, or that of a file, of which only what is measured now becomes another."""
    if file is None or not file.exists():
        return Report(machine(), {})
    before = read(file)
    if before.machine != machine():
        raise RuntimeError(f"{file} is of another machine, Python or Node.js: remove it")
    return before


def alternate(task: Task, place: Place, rounds: int, limit: float) -> Outcome:
    """Have all contestants of a task do it in turns, after one that warms up and is not counted.

    Who fails, or is not done in time, is not asked again.
    """
    outcome = Outcome({name: [] for name in task.contestants}, {}, limit, os.getloadavg()[0])
    for number in range(rounds + 1):
        for name, contestant in task.contestants.items():
            if name in outcome.failures:
                continue
            try:
                figures = _once(task, contestant, place, limit)
            except (Failed, TooLong) as problem:
                outcome.failures[name] = str(problem)
            else:
                outcome.rounds[name] += [figures] if number else []
    return Outcome(
        {name: each for name, each in {**outcome.rounds, **together(task.parts, outcome.rounds)}.items() if each},
        outcome.failures,
        limit,
        outcome.load,
    )


def _once(task: Task, contestant: Contestant, place: Place, limit: float) -> Figures:
    with tempfile.TemporaryDirectory(dir=place.out) as out:
        return task.turn(contestant, Place(place.spec, place.bundles, Path(out)), limit)


def measure(given: argparse.Namespace, tasks: Mapping[str, Task] = TASKS) -> int:
    """Carry out what the command line asks for; give the exit code."""
    report = begun(given.json)
    failures: dict[str, str] = {}
    order = _order(report, given.documents)
    with tempfile.TemporaryDirectory(prefix="palaver-bench-") as name:
        for which in given.documents:
            place = prepared(which, Path(name))
            for task in given.only:
                if tasks[task].documents and which not in tasks[task].documents:
                    continue
                outcome = alternate(tasks[task], place, given.rounds, given.limit)
                report.workloads[named(task, which)] = outcome
                failures |= outcome.failures
                say("\n".join([*lines(report, task, which), ""]))
                if given.json:
                    write(report, given.json, order)
    # A peer may be too slow for what ours does: that is a result, and no failure of ours.
    return int(bool(failures))


def _order(report: Report, wanted: Sequence[str]) -> list[str]:
    """Give all tasks with all documents that a report has or will have: task by task, from small to large."""
    sizes = {name.partition("-")[2] for name in report.workloads} | set(wanted)
    sized = sorted(sizes, key=lambda each: 0 if each == HERE else int(each))
    return [named(task, each) for task in TASKS for each in sized]


def main() -> None:
    """Install the peers, measure, print, and write what was found where it is wanted."""
    given = parser().parse_args()
    try:
        install()
        sys.exit(measure(given))
    except KeyboardInterrupt:
        sys.exit(130)
    except (RuntimeError, ValueError) as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(NO_MEASUREMENT)


if __name__ == "__main__":
    main()
