"""A plugin of pytest: what a mutant breaks is broken before any test is collected.

The mutant is named as for serve.py, in the environment: MUTANT=unseen_credentials:takes-any-algorithm.
"""

import os
from importlib import import_module

VARIABLE = "MUTANT"


def pytest_configure() -> None:
    """Break what is to be broken."""
    module, _, name = os.environ[VARIABLE].partition(":")
    if name:
        getattr(import_module(f"mutants.catalogue.{module}"), name.replace("-", "_")).sabotage()
