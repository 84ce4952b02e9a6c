"""What `palaver docs` costs: on the dialects of this repository, and on documents that grow.

Each figure is that of a whole process that writes a site into an empty folder, the start of the interpreter included,
as the median of several runs after one that warms up. On a machine that does other things the seconds of the processor
say more than those on the clock.
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
_PUBLISH = (
    "import shutil, sys; from palaver.__main__ import main; "
    "shutil.rmtree(sys.argv[2], ignore_errors=True); main(['docs', '--spec', sys.argv[1], '--out', sys.argv[2]])"
)


def main() -> None:
    """Measure, print a table, and write a report if one is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, nargs="+", default=[75, 150, 300, 600], help="sizes, smallest first")
    parser.add_argument("--runs", type=int, default=3, help="runs of each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    given = parser.parse_args()
    _say(f"{'documents':<28} {'clock':>8} {'processor':>10} {'memory':>9} {'pages':>9}")
    grown: dict[int, Cost] = {}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        dialects = _measure("the dialects in spec/", ROOT / "spec", scratch / "site", given.runs)
        for operations in given.operations:
            spec = scratch / str(operations)
            write(spec, operations)
            out = scratch / f"site-{operations}"
            grown[operations] = _measure(f"{operations} operations", spec / DIALECT, out, given.runs)
    if len(grown) > 1:
        (few, least), *_, (many, most) = grown.items()
        # The start of the process would make whatever grows look better than it is.
        start = cost([sys.executable, "-m", "palaver", "docs", "--help"], given.runs).processor
        factor = (most.processor - start) / max(least.processor - start, 0.001)
        _say(f"{many / few:.0f} times the operations take {factor:.1f} times the processor, its start aside")
    if given.json:
        report = {"dialects": asdict(dialects), "operations": {size: asdict(each) for size, each in grown.items()}}
        given.json.write_text(json.dumps(report, indent=2) + "\n")


def _measure(what: str, spec: Path, out: Path, runs: int) -> Cost:
    used = cost([sys.executable, "-c", _PUBLISH, spec, out], runs)
    size = sum(page.stat().st_size for page in out.rglob("*.html")) / 1024 / 1024
    _say(f"{what:<28} {used.clock:>7.2f}s {used.processor:>9.2f}s {used.memory:>6.0f}MiB {size:>6.1f}MiB")
    return used


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
