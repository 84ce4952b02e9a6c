"""The gRPC servers of dialects, bound and ended together."""

import asyncio

import grpc.aio
import pytest
from doubles.bell import LIST_BELLS, Bells, BellWords, calls

from palaver_conformance.topology.process import free_port
from palaver_runtime.dialects import Surface
from palaver_runtime.rpc import NotSpoken, rpc_servers
from palaver_runtime.transports.grpc import GrpcServer
from palaver_runtime.transports.listener import AddressInUse

PATIENCE = 30.0


async def _nothing(*given: object) -> None:
    """Stand in for an application and for its end."""


def _surface(*, speaks: bool = True, port: int = 0) -> Surface:
    server = GrpcServer(calls.bind_calls(Bells()), BellWords(), calls.descriptors())
    return Surface(app=_nothing, close=_nothing, calls=server if speaks else None, grpc_port=port)


async def test_dialects_that_speak_it_are_served() -> None:
    """Each has a port, those without gRPC have none, and calls are answered once they are started."""
    surfaces = {"a": _surface(), "b": _surface(speaks=False), "c": _surface()}
    async with rpc_servers(surfaces, "127.0.0.1", None, PATIENCE) as servers:
        assert list(servers.ports) == ["a", "c"]
        assert 0 not in servers.ports.values()
        await servers.start()
        for port in servers.ports.values():
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                assert await channel.unary_unary(f"/{LIST_BELLS.key}")(b"", timeout=PATIENCE) == b""
        await servers.close()


async def test_given_port_is_for_one() -> None:
    """A port that is given is that of the one dialect that speaks gRPC; for none or two it is refused."""
    async with rpc_servers({"a": _surface(), "b": _surface(speaks=False)}, "127.0.0.1", 0, PATIENCE) as servers:
        assert servers.ports["a"] > 0
    for surfaces in ({"b": _surface(speaks=False)}, {"a": _surface(), "c": _surface()}):
        with pytest.raises(NotSpoken):
            async with rpc_servers(surfaces, "127.0.0.1", 0, PATIENCE):
                pass


async def test_all_are_bound_or_none() -> None:
    """When one port is taken, those that were bound before it are given back."""
    async with rpc_servers({"a": _surface()}, "127.0.0.1", 0, PATIENCE) as taken:
        free = free_port()
        surfaces = {"a": _surface(port=free), "c": _surface(port=taken.ports["a"])}
        with pytest.raises(AddressInUse):
            async with rpc_servers(surfaces, "127.0.0.1", None, PATIENCE):
                pass
    async with asyncio.timeout(PATIENCE), rpc_servers({"a": _surface()}, "127.0.0.1", free, PATIENCE) as again:
        assert again.ports["a"] == free
