"""What `palaver docs` costs, each time into an empty folder; see growth.py for how that is measured."""

import sys
from pathlib import Path

from growth import Ways, measure
from processes import cost

_PUBLISH = "import shutil; from palaver.__main__ import main; shutil.rmtree('site', ignore_errors=True); main(['docs'])"


def docs(folder: Path, runs: int) -> Ways:
    """Publish all documents of a folder."""
    return {"whole": cost([sys.executable, "-c", _PUBLISH], runs, folder)}


if __name__ == "__main__":
    measure(__doc__, docs, ("docs", "--help"), sizes=(75, 150, 300, 600))
