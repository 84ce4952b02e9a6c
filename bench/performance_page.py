"""Write docs/topics/performance.md, and its picture, from what `make bench` and `make bench-shares` found.

python bench/performance_page.py [--json bench/results/peers.json] [--shares bench/results/shares.json]
"""

import argparse
import json
from pathlib import Path

from versus.figures import read
from versus.page import PICTURE, page
from versus.plot import plot

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Write page and picture."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, default=ROOT / "bench" / "results" / "peers.json", help="what to tell of")
    parser.add_argument("--shares", type=Path, default=ROOT / "bench" / "results" / "shares.json", help="and of")
    given = parser.parse_args()
    report = read(given.json)
    topics = ROOT / "docs" / "topics"
    (topics / "performance.md").write_text(page(report, json.loads(given.shares.read_text())))
    (topics / PICTURE).write_text(plot(report))


if __name__ == "__main__":
    main()
