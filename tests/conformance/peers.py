"""A server of a few lines that greets like Engine.IO and Socket.IO and otherwise says what a test tells it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from websockets.asyncio.server import ServerConnection, serve

OPEN = '0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":60000}'

Script = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def peer(script: Script) -> AsyncIterator[str]:
    """Serve the script to each connection, and yield the HTTP address."""
    async with serve(script, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def greet(socket: ServerConnection) -> str:
    """Open, let the client join its namespace, and return the packet that asked for it."""
    await socket.send(OPEN)
    packet = await socket.recv()
    await socket.send('40{"sid":"xyz"}')
    return str(packet)


@asynccontextmanager
async def silent() -> AsyncIterator[str]:
    """Listen and never say a word."""
    done = asyncio.Event()

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        done.set()
        server.close()
        await server.wait_closed()
