"""`palaver serve` as a process of its own, for the tests that go end to end."""

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

START_TIMEOUT = 60.0
STOP_TIMEOUT = 30.0

_IN_MEMORY = Path("/dev/shm")
_ROOM = 1 << 30

_ADDRESS = re.compile(r"http://[^\s/]+:[1-9][0-9]*")
_CALLS = re.compile(r"--grpc (\S+:[1-9][0-9]*)")
_READY = "Stop with Ctrl-C."


@dataclass
class Server:
    """A running `palaver serve`: where it listens, its process, and the lines that it has printed so far.

    `grpc` is the host and port of the first dialect that speaks gRPC; it has a free one with `--grpc-port 0`.
    """

    url: str
    grpc: str | None
    process: asyncio.subprocess.Process
    lines: list[str] = field(repr=False)

    @property
    def output(self) -> str:
        """All that the server has printed so far, standard error included."""
        return "\n".join(self.lines)

    def problems(self, since: int = 0) -> list[str]:
        """Give what it has printed of warnings and errors, after so many lines."""
        return [line for line in self.lines[since:] if " WARNING " in line or " ERROR " in line]


class ServerError(AssertionError):
    """The server did not start, or did not stop as it should; the message has its output."""


def scratch() -> Path | None:
    """Give a folder for databases that no disk holds, where there is one with room; None is the usual one.

    A commit waits for the disk, and on a machine that has just installed a gigabyte that may be for longer than a
    sender is let wait. PostgreSQL is told not to wait in tests; SQLite cannot be told, as servers never are.
    """
    return _IN_MEMORY if _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free >= _ROOM else None


@asynccontextmanager
async def serving(
    *arguments: str, env: Mapping[str, str] | None = None, program: Sequence[str] = ("-m", "palaver", "serve")
) -> AsyncIterator[Server]:
    """Run `palaver serve` on a free port, with a database of its own unless `env` or a flag names one.

    The arguments replace the default `--dialect gateway`. No PALAVER_* variable of the caller reaches the
    server; `env` adds some. Leaving the block sends SIGTERM and demands exit code 0, unless the test ended the
    process. `program` is what Python runs in place of it.
    """
    command = [
        sys.executable,
        *program,
        *(arguments or ("--dialect", "gateway")),
        "--port",
        "0",
    ]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PALAVER_")}
    with tempfile.TemporaryDirectory(prefix="palaver-serve-", dir=scratch()) as folder:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={**inherited, "PYTHONUNBUFFERED": "1", **(env or {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        lines: list[str] = []
        address: asyncio.Future[tuple[str, str | None]] = asyncio.get_running_loop().create_future()
        reader = asyncio.create_task(_read(process, lines, address))
        ended_by_us = False
        try:
            try:
                url, grpc = await asyncio.wait_for(address, START_TIMEOUT)
            except TimeoutError:
                raise ServerError(_report("palaver serve did not say where it listens", lines)) from None
            yield Server(url, grpc, process, lines)
            if process.returncode is None:
                ended_by_us = True
                process.terminate()
                await _stopped(process, lines)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await reader
        if ended_by_us and process.returncode != 0:
            raise ServerError(_report(f"palaver serve ended with {process.returncode} on SIGTERM", lines))


async def _read(
    process: asyncio.subprocess.Process, lines: list[str], address: asyncio.Future[tuple[str, str | None]]
) -> None:
    """Collect the output to its end; resolve `address` when all addresses are said."""
    assert process.stdout is not None
    async for raw in process.stdout:
        lines.append(raw.decode(errors="replace").rstrip())
        if lines[-1].endswith(_READY) and not address.done():
            said = "\n".join(lines)
            url, grpc = _ADDRESS.search(said), _CALLS.search(said)
            if url is not None:
                address.set_result((url.group(), grpc and grpc[1]))
    if not address.done():
        address.set_exception(ServerError(_report("palaver serve ended before it listened", lines)))


async def _stopped(process: asyncio.subprocess.Process, lines: list[str]) -> None:
    try:
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT)
    except TimeoutError:
        raise ServerError(_report("palaver serve did not stop on SIGTERM", lines)) from None


def _report(problem: str, lines: list[str]) -> str:
    return "\n".join([f"{problem}; it printed:", *(lines or ["(nothing)"])])
