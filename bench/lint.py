"""What `palaver lint` costs; see growth.py for how that is measured."""

from pathlib import Path

from growth import PALAVER, Ways, measure
from processes import cost


def lint(folder: Path, runs: int) -> Ways:
    """Lint all documents of a folder, which nothing is to be found in."""
    return {"whole": cost([*PALAVER, "lint", "--fail-on", "warning"], runs, folder)}


if __name__ == "__main__":
    measure(__doc__, lint, ("lint", "--rules"), sizes=(150, 300, 600))
