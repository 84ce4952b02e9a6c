"""Write docs/topics/performance.md, and its picture, from what `make bench` found.

python bench/performance_page.py [--json bench/results/peers.json]
"""

import argparse
from pathlib import Path

from versus.figures import read
from versus.page import PICTURE, page
from versus.plot import plot

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Write page and picture."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, default=ROOT / "bench" / "results" / "peers.json", help="what to tell of")
    report = read(parser.parse_args().json)
    topics = ROOT / "docs" / "topics"
    (topics / "performance.md").write_text(page(report))
    (topics / PICTURE).write_text(plot(report))


if __name__ == "__main__":
    main()
