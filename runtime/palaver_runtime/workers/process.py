"""One worker, as its supervisor sees it: a process, and a channel over which it is asked."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Sequence
from typing import Final

from palaver_runtime.workers.assignment import LIMIT, Assignment, line, read_line

PATIENCE: Final = 5.0
"""Seconds that a worker may take to answer what it is asked."""


class WorkerFailed(Exception):
    """A worker could not begin to serve; the message says why."""


class WorkerProcess:
    """A process that was started, and what it says of itself."""

    def __init__(self, number: int, process: asyncio.subprocess.Process, channel: socket.socket) -> None:
        self.number = number
        #: The ports of gRPC, by dialect; none before `ready`.
        self.calls: dict[str, int] = {}
        self._process = process
        self._channel = channel
        self._turn = asyncio.Lock()
        self._asked = 0
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @classmethod
    async def start(cls, assignment: Assignment, descriptors: Sequence[int]) -> "WorkerProcess":
        """Start a worker that inherits descriptors."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "palaver_runtime.workers.worker",
                str(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=[theirs.fileno(), *descriptors],
                # Ctrl-C reaches the supervisor alone, which tells the workers to stop.
                start_new_session=True,
            )
        ours.setblocking(False)
        worker = cls(assignment.number, process, ours)
        worker._streams = await asyncio.open_unix_connection(sock=ours, limit=LIMIT)
        worker._streams[1].write(assignment.line())
        return worker

    async def ready(self) -> None:
        """Wait until it serves; raise WorkerFailed when it ends instead."""
        assert self._streams is not None
        with contextlib.suppress(OSError):
            said = await read_line(self._streams[0])
            match said:
                case {"calls": dict(calls)}:
                    self.calls = calls
                    return
                case {"failed": str(reason)}:
                    await self._process.wait()
                    raise WorkerFailed(reason)
        code = await self._process.wait()
        raise WorkerFailed(f"worker {self.number} ended before it served, with exit code {code}; its log says why")

    async def ask(self, what: str) -> dict[str, object] | None:
        """Ask it something; None when it does not answer in time."""
        assert self._streams is not None
        reader, writer = self._streams
        async with self._turn:
            self._asked += 1
            # TimeoutError is an OSError.
            with contextlib.suppress(OSError):
                async with asyncio.timeout(PATIENCE):
                    writer.write(line({"ask": what, "number": self._asked}))
                    # What comes first may be the answer to a question that was given up.
                    while (answer := await read_line(reader)) is not None:
                        if answer["number"] == self._asked:
                            return answer
            return None

    def stop(self) -> None:
        """Tell it to stop, if it runs."""
        if self._process.returncode is None:
            self._process.terminate()

    def kill(self) -> None:
        """End it at once, if it runs."""
        if self._process.returncode is None:
            self._process.kill()

    async def ended(self) -> int:
        """Wait for its end; give its exit code."""
        code = await self._process.wait()
        if self._streams is not None:
            self._streams[1].close()
        return code
