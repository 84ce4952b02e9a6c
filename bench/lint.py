"""What `palaver lint` costs: on the dialects of this repository, and on documents that grow.

Each figure is that of a whole process, the start of the interpreter included, as the least of several runs after one
that warms up. On a machine that does other things the seconds of the processor say more than those on the clock.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from documents import DIALECT, write
from processes import Cost, cost

ROOT = Path(__file__).parents[1]
_LINT = (sys.executable, "-m", "palaver", "lint", "--fail-on", "warning", "--spec")


def main() -> None:
    """Measure, print a table, and write a report if one is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, nargs="+", default=[150, 300, 600], help="sizes, smallest first")
    parser.add_argument("--runs", type=int, default=3, help="runs of each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    given = parser.parse_args()
    _say(f"{'documents':<28} {'clock':>8} {'processor':>10} {'memory':>9}")
    dialects = cost([*_LINT, ROOT / "spec"], given.runs)
    _tell("the dialects in spec/", dialects)
    grown: dict[int, Cost] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for operations in given.operations:
            spec = Path(scratch) / str(operations)
            write(spec, operations)
            grown[operations] = cost([*_LINT, spec, DIALECT], given.runs)
            _tell(f"{operations} operations", grown[operations])
    if len(grown) > 1:
        (few, least), *_, (many, most) = grown.items()
        # The start of the process would make whatever grows look better than it is.
        start = cost([sys.executable, "-m", "palaver", "lint", "--rules"], given.runs).processor
        factor = (most.processor - start) / max(least.processor - start, 0.001)
        _say(f"{many / few:.0f} times the operations take {factor:.1f} times the processor, its start aside")
    if given.json:
        report = {"dialects": asdict(dialects), "operations": {size: asdict(each) for size, each in grown.items()}}
        given.json.write_text(json.dumps(report, indent=2) + "\n")


def _tell(what: str, used: Cost) -> None:
    _say(f"{what:<28} {used.clock:>7.2f}s {used.processor:>9.2f}s {used.memory:>6.0f}MiB")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
