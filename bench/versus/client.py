"""The load client as a process that carries out one command after the other."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 120.0
"""Seconds for one command; the load client itself gives up on a server that says nothing for half as long."""


class LoadError(RuntimeError):
    """What the load client ended with: usually something that the server did wrong."""


@dataclass(frozen=True)
class Answer:
    """What one command found. Processor time in seconds; quantiles of durations in microseconds, 0 if none were taken.

    `count` is what the command is about: connections, acknowledgements, deliveries, or durations of deliveries.
    """

    command: str
    seconds: float
    count: int
    sent: int
    acknowledged: int
    p50_us: float
    p99_us: float
    most_us: float
    server_seconds: float
    client_seconds: float


def parse(line: str) -> Answer:
    """Read an answer; raise LoadError if it is none."""
    try:
        return Answer(**json.loads(line))
    except (ValueError, TypeError) as problem:
        raise LoadError(f"the load client answered {line!r}: {problem}") from None


class LoadClient:
    """A running load client."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, command: str) -> Answer:
        """Have a command carried out; raise LoadError if the client ends, or takes too long."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n".encode())
        try:
            async with asyncio.timeout(PATIENCE):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise LoadError(f"{command!r} took more than {PATIENCE:.0f} s") from None
        if not line:
            raise LoadError(f"at {command!r}: {await self._last_words()}")
        return parse(line.decode())

    async def _last_words(self) -> str:
        assert self._process.stderr is not None
        said = (await self._process.stderr.read()).decode(errors="replace").strip()
        return said or f"the load client ended with {await self._process.wait()}"


@asynccontextmanager
async def load_client(
    program: Path, ports: Sequence[int], pids: Sequence[int], people: Path
) -> AsyncIterator[LoadClient]:
    """Run a load client against one server, or two that share their rooms. `people` has a line for each connection."""
    options = [f"--port={each}" for each in ports] + [f"--pid={each}" for each in pids]
    process = await asyncio.create_subprocess_exec(
        program,
        *options,
        f"--people={people}",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield LoadClient(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
