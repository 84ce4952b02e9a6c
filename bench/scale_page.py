"""Write docs/topics/scale.md from what `make bench-scale` found.

python bench/scale_page.py [--json bench/results/scale.json]
"""

import argparse
from pathlib import Path

from scaling.page import page
from scaling.results import read

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, default=ROOT / "bench" / "results" / "scale.json", help="what to tell of")
    (ROOT / "docs" / "topics" / "scale.md").write_text(page(read(parser.parse_args().json)))


if __name__ == "__main__":
    main()
