"""Peers as processes: they say `READY PORT` and end when their standard input closes."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

START_TIMEOUT = 60.0
STOP_TIMEOUT = 10.0


class StartError(RuntimeError):
    """A server did not start; the message has what it said."""


@dataclass(frozen=True)
class Instance:
    """A server that listens on a port of the loopback."""

    port: int
    pid: int


@asynccontextmanager
async def program(*command: str | Path, env: Mapping[str, str] | None = None) -> AsyncIterator[Instance]:
    """Run a peer, which ends with the block, and with this process however that ends."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **(env or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    output = process.stdout
    try:
        yield Instance(await _port(output, str(command[-1])), process.pid)
    finally:
        process.stdin.close()
        try:
            # What it may still say is read, so that it does not wait for that.
            await asyncio.wait_for(asyncio.gather(process.wait(), output.read()), STOP_TIMEOUT)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _port(output: asyncio.StreamReader, name: str) -> int:
    said = []
    try:
        async with asyncio.timeout(START_TIMEOUT):
            async for line in output:
                said.append(line.decode(errors="replace").rstrip())
                word, _, port = said[-1].partition(" ")
                if word == "READY":
                    return int(port)
    except TimeoutError:
        raise StartError(f"{name} did not say that it is ready; it said: {said}") from None
    raise StartError(f"{name} ended before it was ready; it said: {said}")
