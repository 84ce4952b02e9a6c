"""The fixture that runs `palaver serve` is itself right."""

import asyncio

import pytest
from servers.palaver import ServerError, serving


async def test_server_listens_where_it_says() -> None:
    """The address that the server prints is one that accepts connections, until the block ends."""
    async with serving() as server:
        host, port = server.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.close()
        await writer.wait_closed()
    assert server.process.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(host, int(port))


async def test_server_says_where_it_speaks_grpc() -> None:
    """The address of a dialect that speaks gRPC is known too; without one there is none."""
    async with serving("--dialect", "aether", "--grpc-port", "0") as server:
        assert server.grpc is not None
        host, port = server.grpc.split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.close()
        await writer.wait_closed()
        assert server.url != f"http://{server.grpc}"
    async with serving() as server:
        assert server.grpc is None


async def test_server_that_cannot_start_shows_what_it_printed() -> None:
    """The failure message has the output of a server that ended before it listened."""
    with pytest.raises(ServerError, match="no-such-dialect"):
        async with serving("--dialect", "no-such-dialect"):
            pytest.fail("the server started")


async def test_server_dies_with_a_failing_block() -> None:
    """An exception inside the block comes out as it is, and no process is left."""
    with pytest.raises(ZeroDivisionError):
        async with serving() as server:
            _ = 1 / 0
    assert server.process.returncode is not None
