"""The implementation under test: where it listens, and how to get a user into it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from palaver_conformance.contract.model import Contract
from palaver_conformance.drivers.greeting import greet
from palaver_conformance.drivers.grpc import GrpcClient
from palaver_conformance.drivers.http import HttpClient
from palaver_conformance.errors import HarnessError, UsageError
from palaver_conformance.limits import Limits
from palaver_conformance.people.issuers import Issuer
from palaver_conformance.timing import Timing
from palaver_conformance.topology.topology import Topology


@dataclass
class Subject:
    """One server, as one or several instances. Close it with `close()`.

    `secret` is the key that the server shares with whoever issues its tokens, where the harness is to issue them;
    an `issuer` goes before it. `topology` is there when the harness has started the server itself, and may disturb it.
    `grpc` are the addresses at which the instances are called; by default those that were launched, or the documents'
    own port of each host. `secrets` are what nobody may be shown, `limits` what the server is expected to take. Pages
    of an `origin` that is known may use the server.
    """

    urls: tuple[str, ...]
    contract: Contract
    timing: Timing = field(default_factory=Timing)
    secret: str | None = None
    topology: Topology | None = None
    grpc: tuple[str, ...] = ()
    issuer: Issuer | None = None
    limits: Limits = field(default_factory=Limits)
    secrets: tuple[str, ...] = ()
    origin: str | None = None
    clients: tuple[HttpClient, ...] = field(init=False)
    callers: tuple[GrpcClient, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.clients = tuple(HttpClient(url, self.timing.reply) for url in self.urls)
        calls = self.contract.calls
        if calls is None:
            self.callers = ()
            return
        launched = self.topology.call_addresses if self.topology is not None else ()
        addresses = self.grpc or launched or calls.beside(self.urls)
        self.callers = tuple(GrpcClient(address, calls, self.timing.reply) for address in addresses)

    @property
    def disturbable(self) -> Topology:
        """What the harness has started; raises HarnessError when the server is somebody else's."""
        if self.topology is None:
            raise HarnessError("a server that was not launched by the harness cannot be disturbed")
        return self.topology

    async def reach(self, patience: float) -> None:
        """Wait until every instance answers.

        Raises Unreachable when one cannot be connected to, Failure when one answers something else than the
        transport's greeting.
        """
        for url in self.urls:
            await greet(url, self.contract, patience)
        for caller in self.callers:
            await caller.reach(patience)

    async def close(self) -> None:
        """Close all connections of REST requests and calls."""
        await asyncio.gather(*(each.close() for each in self.clients), *(each.close() for each in self.callers))


def checked_urls(urls: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses without trailing slash; raises UsageError for one that is no HTTP address."""
    for url in urls:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise UsageError(f"{url!r} is no address of a server: give it like http://127.0.0.1:4001")
    return tuple(url.rstrip("/") for url in urls)
