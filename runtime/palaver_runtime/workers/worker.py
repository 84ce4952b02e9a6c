"""A worker: serves on sockets that it was given, and answers its supervisor. It ends when that one does.

python -m palaver_runtime.workers.worker DESCRIPTOR
"""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Final

from palaver_runtime import dialects
from palaver_runtime.adapters.sql import StoreUnavailable
from palaver_runtime.logs import log_to
from palaver_runtime.operations import Operations
from palaver_runtime.own import own_dialects
from palaver_runtime.rpc import NotSpoken
from palaver_runtime.serving import Addresses, Wish, serve_dialects
from palaver_runtime.settings import Settings
from palaver_runtime.tracing import TracingMissing, tracing
from palaver_runtime.transports.listener import AddressInUse, AddressUnavailable, loop_factory
from palaver_runtime.workers.assignment import FIGURES, LIMIT, READINESS, Assignment, line, read_line

COULD_NOT: Final = 3

_FAILURES: Final = (
    AddressInUse,
    AddressUnavailable,
    NotSpoken,
    StoreUnavailable,
    dialects.HandlerMissing,
    dialects.DialectOutdated,
    dialects.NoDialect,
    TracingMissing,
)


class Worker:
    """Serves what it was assigned; `channel` leads to the supervisor."""

    def __init__(self, assignment: Assignment, channel: socket.socket) -> None:
        self._assignment = assignment
        self._channel = channel
        self._answering: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve until told to stop; raise why it cannot be done."""
        given = self._assignment
        # The flags have been through the settings of the supervisor.
        settings = Settings(**given.flags)  # type: ignore[arg-type]
        own = own_dialects(given.apps, tuple(map(Path, given.app_dirs)))
        wish = Wish(
            settings=settings,
            dialects={name: own[name] if name in own else dialects.load(name) for name in given.dialects},
            port=given.port,
            grpc_port=given.grpc_port,
            sockets={port: socket.socket(fileno=descriptor) for port, descriptor in given.sockets.items()},
            shared_calls=True,
        )
        try:
            await serve_dialects(wish, self._ready)
        finally:
            if self._answering is not None:
                self._answering.cancel()
                await asyncio.wait([self._answering])

    def _ready(self, addresses: Addresses, operations: Operations) -> None:
        self._answering = asyncio.create_task(self._answer(addresses, operations), name="answers to the supervisor")

    async def _answer(self, addresses: Addresses, operations: Operations) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=self._channel, limit=LIMIT)
        writer.write(line({"calls": dict(addresses.calls)}))
        while (asked := await read_line(reader)) is not None:
            answer: dict[str, object] = {"number": asked["number"]}
            if asked["ask"] == FIGURES:
                answer["figures"] = operations.figures().decode()
            elif asked["ask"] == READINESS:
                answer["status"], answer["readiness"] = await operations.readiness()
            writer.write(line(answer))
            await writer.drain()
        # The supervisor is gone, and with it whoever could tell this process to stop.
        os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    """Run the worker whose supervisor is at the other end of the socket with the given descriptor."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    with channel.makefile("rb") as file:
        assignment = Assignment.read(file.readline())
    settings = Settings(**assignment.flags)  # type: ignore[arg-type]
    log_to(sys.stderr, settings, worker=assignment.number)
    try:
        with tracing(), asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(Worker(assignment, channel).run())
    except _FAILURES as error:
        channel.sendall(line({"failed": str(error.strerror if isinstance(error, OSError) else error)}))
        return COULD_NOT
    return 0


if __name__ == "__main__":
    sys.exit(main())
