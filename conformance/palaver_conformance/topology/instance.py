"""One instance of the server under test, started by the command that the harness was given."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from palaver_conformance.commandline import CommandLine
from palaver_conformance.contract.model import Contract
from palaver_conformance.drivers.greeting import greet
from palaver_conformance.drivers.grpc import GrpcClient
from palaver_conformance.errors import Failure, Unreachable, UsageError
from palaver_conformance.timing import Timing
from palaver_conformance.topology.process import Process, free_port

_RETRY = 0.1


class Command(CommandLine):
    """How an instance is started.

    `{port}`, `{grpc_port}`, `{instance}` (1, 2, …), `{database_url}`, `{redis_url}` and `{secret}` are filled in, and
    so is `{clock_offset}`: the seconds by which its clock is to be off, with the sign; `+0` unless a scenario wants it
    so.
    """

    @classmethod
    def parse(cls, template: str, folder: Path | None = None) -> Self:
        """Read a command; raises UsageError when it cannot be used, as when it has no {port}."""
        command = super().parse(template, folder)
        if not command.asks_for("port"):
            raise UsageError("the command has no {port}, where the server is told which port to take")
        return command


class Instance:
    """A server process and its address, which stays the same when it is started again."""

    def __init__(self, number: int, command: Command, values: Mapping[str, str], folder: Path) -> None:
        self.number = number
        port = free_port()
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.call_address = f"127.0.0.1:{free_port()}" if command.asks_for("grpc_port") else None
        self.clock_offset = 0
        self._command = command
        self._values = {**values, "port": str(port), "instance": str(number)}
        if self.call_address is not None:
            self._values["grpc_port"] = self.call_address.rpartition(":")[2]
        log = folder / f"instance{number}.log"
        words, environment = self._filled()
        self.process = Process(f"the launched server {number}", words, log, environment, command.folder)

    async def start(self) -> None:
        """Start it; it need not answer yet: see `ready`."""
        await self.process.start()

    async def set_clock(self, seconds: int) -> None:
        """Have its clock off by so many seconds: unless it is, it is ended and started again, and is to be awaited."""
        if seconds != self.clock_offset:
            await self.process.stop()
            self.clock_offset = seconds
            self.process.words, self.process.environment = self._filled()
            await self.start()

    async def ready(self, contract: Contract, timing: Timing) -> None:
        """Wait until it answers; raises Unreachable, with the end of its log, when it does not."""
        deadline = asyncio.get_running_loop().time() + timing.launch
        while True:
            try:
                await greet(self.url, contract, timing.connect)
                await self._answer_calls(contract, timing)
            except (Unreachable, Failure) as error:
                if not self.process.alive:
                    ended = f"{self.process.name} ended with exit code {self.process.returncode}"
                    raise Unreachable(f"{ended}\n{self.process.tail()}") from error
                if asyncio.get_running_loop().time() > deadline:
                    waited = f"{self.process.name} did not answer within {timing.launch:g} s: {error}"
                    raise Unreachable(f"{waited}\n{self.process.tail()}") from error
                await asyncio.sleep(_RETRY)
            else:
                return

    async def _answer_calls(self, contract: Contract, timing: Timing) -> None:
        if self.call_address is None or contract.calls is None:
            return
        caller = GrpcClient(self.call_address, contract.calls, timing.connect)
        try:
            await caller.reach(timing.connect)
        finally:
            await caller.close()

    def _filled(self) -> tuple[list[str], dict[str, str]]:
        return self._command.filled({**self._values, "clock_offset": f"{self.clock_offset:+d}"})
