"""What a command costs on the documents of this repository, and on documents that grow: a table, and a report as JSON.

Each figure is that of a whole process, the start of the interpreter included, as the least of several runs after one
that warms up. On a machine that does other things the seconds of the processor say more than those on the clock.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from documents import write
from processes import Cost, cost

ROOT = Path(__file__).parents[1]
PALAVER = (sys.executable, "-m", "palaver")

Ways = Mapping[str, Cost]
"""What a command costs, by the way in which it was run."""


def measure(
    title: str | None, measured: Callable[[Path, int], Ways], idle: Sequence[str], sizes: Sequence[int] = (75, 300)
) -> None:
    """Measure, print a table, and write a report if one is wanted.

    `measured` runs the command in a folder with documents in spec/, so many times, and gives what it cost. `idle` is
    the command when it has nothing to do: what starting it costs would make whatever grows look better than it is.
    """
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--operations", type=int, nargs="+", default=sizes, help="sizes, smallest first")
    parser.add_argument("--runs", type=int, default=3, help="runs of each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    given = parser.parse_args()
    _say(f"{'documents':<24} {'':<8} {'clock':>8} {'processor':>10} {'memory':>9}")
    grown: dict[int, Ways] = {}
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        shutil.copytree(ROOT / "spec", scratch / "here" / "spec")
        here = _tell("the dialects in spec/", measured(scratch / "here", given.runs))
        for operations in given.operations:
            write(scratch / str(operations) / "spec", operations)
            grown[operations] = _tell(f"{operations} operations", measured(scratch / str(operations), given.runs))
    if len(grown) > 1:
        _tell_rise(grown, cost([*PALAVER, *idle], given.runs).processor)
    if given.json:
        report = {"here": _plain(here), "operations": {size: _plain(ways) for size, ways in grown.items()}}
        given.json.write_text(json.dumps(report, indent=2) + "\n")


def _tell(what: str, ways: Ways) -> Ways:
    for way, used in ways.items():
        _say(f"{what:<24} {way:<8} {used.clock:>7.2f}s {used.processor:>9.2f}s {used.memory:>6.0f}MiB")
    return ways


def _tell_rise(grown: Mapping[int, Ways], start: float) -> None:
    (few, least), *_, (many, most) = grown.items()
    for way in least:
        factor = (most[way].processor - start) / max(least[way].processor - start, 0.001)
        _say(f"{many / few:.0f} times the operations take {factor:.1f} times the processor ({way}), its start aside")


def _plain(ways: Ways) -> dict[str, dict[str, float]]:
    return {way: asdict(used) for way, used in ways.items()}


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
