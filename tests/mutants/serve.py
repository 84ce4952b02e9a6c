"""Run `palaver serve` with one mutant's defect: python tests/mutants/serve.py MUTANT [OPTIONS OF palaver serve]."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from mutants.catalogue import MUTANTS

from palaver.__main__ import main

if __name__ == "__main__":
    name, *options = sys.argv[1:]
    if name != "none":
        MUTANTS[name].sabotage()
    main(["serve", *options])
