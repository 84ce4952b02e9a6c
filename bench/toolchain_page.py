"""Write docs/topics/toolchain-speed.md from what `make bench-toolchain` found.

python bench/toolchain_page.py [--json bench/results/toolchain.json]
"""

import argparse
from pathlib import Path

from tools.page import page
from versus.figures import read

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--json", type=Path, default=ROOT / "bench" / "results" / "toolchain.json", help="what to tell of"
    )
    report = read(parser.parse_args().json)
    (ROOT / "docs" / "topics" / "toolchain-speed.md").write_text(page(report))


if __name__ == "__main__":
    main()
