"""What a whole process costs: time on the clock and of the processor, and the most memory that it had."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Final

# Warm means that Python finds its bytecode, which some environments do not let it write.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
_END: Final = 2_000
"""Bytes of what a process printed that are told when it fails."""


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, seconds of the processor, and the largest resident set in MiB."""

    clock: float
    processor: float
    memory: float


class Failed(RuntimeError):
    """A process failed; the message has its exit code, and the end of what it printed."""


class TooLong(RuntimeError):
    """A process was not done in time, and was ended."""


def cost(command: Sequence[str], runs: int, folder: Path | None = None) -> Cost:
    """Run a command in a folder, several times after one run that warms up; the least of each figure. Exit if it fails.

    Whatever else the machine does only adds to a figure: the least is the nearest to what the process itself costs.
    """
    measured = [astuple(once(command, folder)) for _ in range(runs + 1)][1:]
    return Cost(*(min(figures) for figures in zip(*measured, strict=True)))


def once(command: Sequence[str], folder: Path | None = None) -> Cost:
    """Run a command in a folder. Exit if it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env=_ENVIRONMENT)  # noqa: S603
    used = _waited_for(process, start)
    if process.returncode != 0:
        sys.exit(f"{command}: exit code {process.returncode}")
    return used


def bounded(command: Sequence[str | Path], seconds: float, folder: Path, more: Mapping[str, str] | None = None) -> Cost:
    """Run a command in a folder, for so many seconds at most and with `more` in its environment.

    Raises TooLong if it is not done by then, and ends it with all that it started; Failed if it fails.
    """
    # By a small process: Linux takes what a process had that starts another one for memory of that one, too.
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-S", __file__, str(seconds), *command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**_ENVIRONMENT, **(more or {})},
        check=False,
    )
    if done.returncode:
        raise Failed(done.stderr)
    found = json.loads(done.stdout)
    if found["late"]:
        raise TooLong(f"not done after {seconds:.0f} s")
    if found["code"]:
        raise Failed(f"exit code {found['code']}: {found['printed']}")
    return Cost(**found["cost"])


def _run(seconds: float, command: Sequence[str]) -> dict[str, object]:
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)  # noqa: S603
        late = threading.Event()

        def end() -> None:
            late.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(max(0.0, seconds), end)
        timer.start()
        try:
            # It stays a child of ours, whom a signal reaches and nobody else, until nothing can come too late any more.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGKILL)
        timer.cancel()
        timer.join()
        used = _waited_for(process, start)
        output.seek(max(0, output.seek(0, os.SEEK_END) - _END))
        printed = output.read().decode(errors="replace").strip()
    return {"cost": asdict(used), "code": process.returncode, "late": late.is_set(), "printed": printed}


def _waited_for(process: "subprocess.Popen[bytes]", start: float) -> Cost:
    # Waited for by hand: only then does the kernel tell what this one child has used.
    _, status, used = os.wait4(process.pid, 0)
    clock = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return Cost(clock, used.ru_utime + used.ru_stime, used.ru_maxrss / unit)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_run(float(sys.argv[1]), sys.argv[2:])))
