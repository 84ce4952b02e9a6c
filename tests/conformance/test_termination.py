"""SIGTERM ends work as Ctrl-C does."""

import asyncio
import subprocess
import sys

PROGRAM = """
import asyncio, os, signal
from palaver_conformance.termination import terminable

async def work():
    try:
        {deed}
        return "done"
    finally:
        print("tidied up")

try:
    print(asyncio.run(terminable(work())))
except asyncio.CancelledError:
    print("cancelled")
"""


def told(deed: str) -> tuple[int, list[str]]:
    """Run a program that does something within the work; return its exit code and what it prints."""
    program = [sys.executable, "-c", PROGRAM.format(deed=deed)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.split("\n")[:-1]


async def test_sigterm_cancels() -> None:
    """Work that is asked to end tidies up behind it."""
    result = await asyncio.to_thread(told, "os.kill(os.getpid(), signal.SIGTERM); await asyncio.Event().wait()")
    assert result == (0, ["tidied up", "cancelled"])


async def test_undisturbed_work_is_done() -> None:
    """Without a signal nothing is different."""
    assert await asyncio.to_thread(told, "await asyncio.sleep(0)") == (0, ["tidied up", "done"])
