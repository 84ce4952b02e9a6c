"""What `palaver generate` costs; see growth.py for how that is measured.

Cold is without a cache; warm with that of the run before; touched with that cache after one document has changed.
"""

import re
from pathlib import Path

from growth import PALAVER, Ways, measure
from processes import cost, once

_GENERATE = (*PALAVER, "generate")


def generate(folder: Path, runs: int) -> Ways:
    """Generate from all documents of a folder, in each of the ways."""
    cold = cost([*_GENERATE, "--no-cache"], runs, folder)
    warm = cost(_GENERATE, runs, folder)
    document = min(folder.glob("spec/*/asyncapi.yaml"))
    document.write_text(re.sub(r"version: \S+?(?=[},\n])", "version: 9.9.9", document.read_text(), count=1))
    return {"cold": cold, "warm": warm, "touched": once(_GENERATE, folder)}


if __name__ == "__main__":
    measure(__doc__, generate, ("generate", "--help"), sizes=(100, 200, 300))
