"""Node.js and the packages of a folder, for what tests have in JavaScript."""

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

TIMEOUT = 180.0


def program(name: str) -> str:
    """Find a program of Node.js."""
    found = shutil.which(name)
    assert found, f"{name} is not on PATH; this test needs Node.js 20 or later, from your package manager or nodejs.org"
    return found


async def run(folder: Path, *command: str, **variables: str) -> tuple[int | None, str]:
    """Run a command in a folder; give its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **variables},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), TIMEOUT)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return process.returncode, output.decode(errors="replace")


@asynccontextmanager
async def one_at_a_time(file: Path) -> AsyncIterator[None]:
    """Wait until nobody else is within this for the same file, in this process or in any other."""
    with file.open("rb") as held:
        # The lock belongs to the open file, and goes with it.
        await asyncio.to_thread(fcntl.flock, held, fcntl.LOCK_EX)
        yield


async def install(folder: Path) -> str:
    """Install the packages of a folder as its lockfile says, unless that is done; give the path of Node.js."""
    lockfile = folder / "package-lock.json"
    stamp = folder / "node_modules" / ".palaver-stamp"
    async with one_at_a_time(lockfile):
        wanted = hashlib.sha256(lockfile.read_bytes()).hexdigest()
        if not (stamp.is_file() and stamp.read_text() == wanted):
            code, output = await run(folder, program("npm"), "ci")
            assert code == 0, f"npm ci failed in {folder}:\n{output}"
            stamp.parent.mkdir(exist_ok=True)  # A lockfile without any package leaves none.
            stamp.write_text(wanted)
    return program("node")
