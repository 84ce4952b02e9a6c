"""What a whole process costs: time on the clock and of the processor, and the most memory that it had."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

# Warm means that Python finds its bytecode, which some environments do not let it write.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, seconds of the processor, and the largest resident set in MiB."""

    clock: float
    processor: float
    memory: float


def cost(command: Sequence[str], runs: int, folder: Path | None = None) -> Cost:
    """Run a command in a folder, several times after one run that warms up; the least of each figure. Exit if it fails.

    Whatever else the machine does only adds to a figure: the least is the nearest to what the process itself costs.
    """
    measured = [astuple(once(command, folder)) for _ in range(runs + 1)][1:]
    return Cost(*(min(figures) for figures in zip(*measured, strict=True)))


def once(command: Sequence[str], folder: Path | None = None) -> Cost:
    """Run a command in a folder. Exit if it fails."""
    start = time.perf_counter()
    # Waited for by hand: only then does the kernel tell what this one child has used.
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env=_ENVIRONMENT)  # noqa: S603
    _, status, used = os.wait4(process.pid, 0)
    clock = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command}: exit code {process.returncode}")
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return Cost(clock, used.ru_utime + used.ru_stime, used.ru_maxrss / unit)
