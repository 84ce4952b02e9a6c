"""A connection that takes little before its reader does."""

import asyncio
import socket
from contextlib import suppress

import pytest

from palaver_conformance.drivers.narrow import narrow

PIECE = b"x" * 4_096
PLENTY = 500_000
"""Less than what a usual connection on the loopback takes at once."""


async def taken(writer: socket.socket) -> int:
    """Fill a connection until its system takes no more; return how many bytes that were."""
    total = 0
    with suppress(BlockingIOError):
        while total < PLENTY:
            total += writer.send(PIECE)
    return total


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_little_is_taken_before_it_is_read(scheme: str) -> None:
    """What is sent and not read soon waits with who has sent it; when it is read, more is taken."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        with await narrow(f"{scheme}://127.0.0.1:{server.getsockname()[1]}/path") as reader:
            writer, _ = await asyncio.get_running_loop().sock_accept(server)
            with writer:
                writer.setblocking(False)
                total = await taken(writer)
                assert 0 < total < PLENTY
                read = b""
                while len(read) < total:
                    read += await asyncio.get_running_loop().sock_recv(reader, PLENTY)
                assert await taken(writer) > 0


async def test_nobody_there_is_told() -> None:
    """A port on which nobody listens is an OSError, as for any connection."""
    with pytest.raises(OSError, match="Connect call failed"):
        await narrow("http://127.0.0.1:1")
