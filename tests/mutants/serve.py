"""Run `palaver serve` with a mutant's defect: python tests/mutants/serve.py MODULE:NAME [OPTIONS OF palaver serve].

The module is one of mutants.catalogue, such as limits:never-limits; `none` breaks nothing.
"""

import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from palaver.__main__ import main

if __name__ == "__main__":
    handle, *options = sys.argv[1:]
    module, _, name = handle.partition(":")
    if name:
        getattr(import_module(f"mutants.catalogue.{module}"), name.replace("-", "_")).sabotage()
    main(["serve", *options])
