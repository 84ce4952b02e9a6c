"""One instance of the server under test, started by the command that the harness was given."""

import asyncio
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from palaver_conformance.contract.model import Contract
from palaver_conformance.drivers.grpc import GrpcClient
from palaver_conformance.errors import Failure, Unreachable, UsageError
from palaver_conformance.greeting import greet
from palaver_conformance.timing import Timing
from palaver_conformance.topology.process import Process, free_port

_RETRY = 0.1
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PLACE = re.compile(r"\{([a-z_]+)\}")
PLACES = ("port", "grpc_port", "instance", "database_url", "redis_url", "secret", "clock_offset")


@dataclass(frozen=True)
class Command:
    """How an instance is started: as in a shell, words of the form NAME=value before the command are its environment.

    `{port}`, `{grpc_port}`, `{instance}` (1, 2, …), `{database_url}`, `{redis_url}` and `{secret}` are filled in, and
    so is `{clock_offset}`: the seconds by which its clock is to be off, with the sign; `+0` unless a scenario wants it
    so.
    """

    environment: tuple[tuple[str, str], ...]
    words: tuple[str, ...]

    @classmethod
    def parse(cls, template: str) -> "Command":
        """Read a template; raises UsageError when it cannot be used."""
        if "{port}" not in template:
            raise UsageError("--launch needs {port} in its command, where the server is told which port to take")
        try:
            words = shlex.split(template)
        except ValueError as error:
            raise UsageError(f"--launch cannot be read: {error}") from error
        count = next((number for number, word in enumerate(words) if not _ASSIGNMENT.match(word)), len(words))
        if count == len(words):
            raise UsageError("--launch sets variables and names no command")
        pairs = [word.partition("=") for word in words[:count]]
        return cls(tuple((name, value) for name, _, value in pairs), tuple(words[count:]))

    def asks_for(self, place: str) -> bool:
        """Tell whether the command has this placeholder."""
        return any(f"{{{place}}}" in text for text in (*self.words, *(value for _, value in self.environment)))

    def filled(self, values: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
        """Return the words and the environment with the values in their places; other braces are left alone."""
        words = [_fill(word, values) for word in self.words]
        return words, {name: _fill(value, values) for name, value in self.environment}


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
        self.process = Process(f"the launched server {number}", words, log, environment)

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


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: values.get(match[1], match[0]), text)
