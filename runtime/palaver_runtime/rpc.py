"""The gRPC servers of the dialects that have one, each on a port of its own beside the listeners."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from palaver_runtime.dialects import Surface


class NotSpoken(Exception):
    """A port for gRPC was given, and not exactly one of the dialects speaks it."""


class RpcServers:
    """Servers that hold their ports. The ports are by dialect, those of dialects without gRPC left out."""

    def __init__(self, surfaces: Mapping[str, Surface], deadline: float) -> None:
        self._servers = {name: surface.calls for name, surface in surfaces.items() if surface.calls is not None}
        self._own = {name: surface.grpc_port for name, surface in surfaces.items()}
        self._deadline = deadline

    @property
    def ports(self) -> dict[str, int]:
        """The real ports."""
        return {name: server.port for name, server in self._servers.items()}

    def bind(self, host: str, port: int | None, *, shared: bool = False) -> None:
        """Take the dialects' own ports, or the one that is given; raise AddressInUse, AddressUnavailable, NotSpoken.

        A port that is `shared` may be taken by other processes that share it too.
        """
        if port is not None and len(self._servers) != 1:
            spoken = " and ".join(self._servers) or "none"
            raise NotSpoken(f"goes with one dialect that speaks gRPC, and of those served here {spoken} does")
        for name, server in self._servers.items():
            server.bind(host, self._own[name] if port is None else port, shared=shared)

    async def start(self) -> None:
        """Accept calls."""
        for server in self._servers.values():
            await server.start()

    async def close(self) -> None:
        """End all, within the deadline; a second time nothing happens."""
        await asyncio.gather(*(server.close(self._deadline) for server in self._servers.values()))


@asynccontextmanager
async def rpc_servers(
    surfaces: Mapping[str, Surface], host: str, port: int | None, deadline: float, *, shared: bool = False
) -> AsyncIterator[RpcServers]:
    """Bind the servers of dialects, and end them afterwards if nobody has; raises as bind() does."""
    servers = RpcServers(surfaces, deadline)
    try:
        servers.bind(host, port, shared=shared)
        yield servers
    finally:
        await servers.close()
