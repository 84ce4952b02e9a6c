"""Everything that the harness has started for a run: instances, and the Redis and PostgreSQL that they asked for."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import HarnessError
from palaver_conformance.timing import Timing
from palaver_conformance.topology.instance import Command, Instance
from palaver_conformance.topology.postgres import Postgres
from palaver_conformance.topology.process import Process
from palaver_conformance.topology.proxy import PASS, Proxy
from palaver_conformance.topology.redis import Redis


@dataclass
class Topology:
    """Handles on what runs. Each instance reaches Redis through a proxy of its own (`links`, in the same order)."""

    contract: Contract
    timing: Timing
    instances: list[Instance] = field(default_factory=list)
    links: list[Proxy] = field(default_factory=list)
    fronts: list[Proxy] = field(default_factory=list)
    secret: str = field(default_factory=lambda: secrets.token_hex(32))
    redis_server: Redis | None = None
    database_server: Postgres | None = None
    clocks: bool = False

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the instances listen."""
        return tuple(each.url for each in self.instances)

    @property
    def call_addresses(self) -> tuple[str, ...]:
        """Where the instances are called over gRPC; empty when the command was not told a port for it."""
        return tuple(each.call_address for each in self.instances if each.call_address is not None)

    @property
    def offers(self) -> frozenset[str]:
        """What can be disturbed: `instances`, `redis`, `database`, `clocks` (those of the instances)."""
        found = {
            "instances": self.instances,
            "redis": self.redis_server,
            "database": self.database_server,
            "clocks": self.clocks,
        }
        return frozenset(name for name, there in found.items() if there)

    @property
    def redis(self) -> Redis:
        """The Redis; raises HarnessError when the command asked for none."""
        if self.redis_server is None:
            raise HarnessError("the launched command has no {redis_url}")
        return self.redis_server

    @property
    def database(self) -> Postgres:
        """The PostgreSQL; raises HarnessError when the command asked for none."""
        if self.database_server is None:
            raise HarnessError("the launched command has no {database_url}")
        return self.database_server

    async def front(self, instance: int) -> Proxy:
        """Return a new proxy before an instance, for clients to connect to."""
        proxy = Proxy(self.instances[instance].port)
        await proxy.open()
        self.fronts.append(proxy)
        return proxy

    async def bring_up(self) -> None:
        """Start what does not run, let go on what is frozen, set clocks right, lift all rules; return when all answer.

        Raises Unreachable, with the end of its log, for what does not come up.
        """
        for proxy in self.links:
            proxy.obey(PASS)
        for process in self._processes():
            process.resume()
        await asyncio.gather(*(each.start() for each in (self.database_server, self.redis_server) if each is not None))
        await asyncio.gather(*(each.set_clock(0) for each in self.instances))
        await asyncio.gather(*(each.start() for each in self.instances))
        await asyncio.gather(*(each.ready(self.contract, self.timing) for each in self.instances))

    async def shut_down(self) -> None:
        """End everything: the instances first, which would complain about the others."""
        await asyncio.gather(*(proxy.close() for proxy in self.fronts))
        await asyncio.gather(*(each.process.stop() for each in self.instances))
        services: list[Awaitable[None]] = [
            each.process.stop() for each in (self.database_server, self.redis_server) if each is not None
        ]
        await asyncio.gather(*services)
        await asyncio.gather(*(proxy.close() for proxy in self.links))

    def _processes(self) -> list[Process]:
        services = [each.process for each in (self.database_server, self.redis_server) if each is not None]
        return [*services, *(each.process for each in self.instances)]


@asynccontextmanager
async def launched(
    command: Command, instances: int, contract: Contract, timing: Timing | None = None, secret: str | None = None
) -> AsyncIterator[Topology]:
    """Start instances, and the PostgreSQL and Redis that the command asks for by its placeholders.

    Its placeholder for a secret stands for the one that is given, or for a new one. All of it is stopped on the way
    out, whatever happens. Raises UsageError when a binary is missing, Unreachable when something does not start.
    """
    with tempfile.TemporaryDirectory(prefix="conform-") as name:
        folder = Path(name)
        topology = Topology(contract, timing or Timing())
        if secret is not None:
            topology.secret = secret
        try:
            await _prepare(topology, command, instances, folder)
            await topology.bring_up()
            yield topology
        finally:
            await asyncio.shield(topology.shut_down())


async def _prepare(topology: Topology, command: Command, instances: int, folder: Path) -> None:
    values = {"secret": topology.secret}
    topology.clocks = command.asks_for("clock_offset")
    if command.asks_for("database_url"):
        topology.database_server = Postgres(folder)
        values["database_url"] = topology.database_server.url()
    if command.asks_for("redis_url"):
        topology.redis_server = Redis(folder)
    for number in range(1, instances + 1):
        if topology.redis_server is not None:
            link = Proxy(topology.redis_server.port)
            await link.open()
            topology.links.append(link)
            values["redis_url"] = topology.redis_server.url(link.port)
        topology.instances.append(Instance(number, command, values, folder))
