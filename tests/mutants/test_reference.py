"""The mutants of the reference server break what is there."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
EACH = """
import os
from mutants.reference import MUTANTS
from mutants.unseen import UNSEEN

for name, mutant in (MUTANTS | UNSEEN).items():
    child = os.fork()
    if not child:
        try:
            mutant.sabotage()
        except Exception as error:
            print(f"{name}: {error!r}", flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_each_can_be_made() -> None:
    """What a mutant puts something else in the place of has not been renamed."""
    done = subprocess.run(
        [sys.executable, "-c", EACH],
        env={**os.environ, "PYTHONPATH": str(TESTS), "PALAVER_CLOCK_OFFSET_SECONDS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
