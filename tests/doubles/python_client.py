"""The Socket.IO client of python-socketio: ready, and taken down without a trace."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import socketio

PATIENCE = 60.0


@asynccontextmanager
async def joined(
    url: str, token: str, *transports: str
) -> AsyncIterator[tuple[socketio.AsyncClient, asyncio.Queue[Any]]]:
    """Yield a client of the gateway that is ready, by these transports, and the messages that it receives.

    `connect` returns before the server has signed the user in. What others send until `connected` has come may have
    gone out without this client.
    """
    client = socketio.AsyncClient(reconnection=False)
    arrived: asyncio.Queue[Any] = asyncio.Queue()
    greeted: asyncio.Queue[Any] = asyncio.Queue()
    client.on("message:new", arrived.put)
    client.on("connected", greeted.put)
    try:
        await client.connect(url, auth={"token": token}, transports=list(transports), wait_timeout=PATIENCE)
        assert client.transport() == transports[-1]
        async with asyncio.timeout(PATIENCE):
            await greeted.get()
        yield client, arrived
    finally:
        await hang_up(client)


async def hang_up(client: socketio.AsyncClient) -> None:
    """Disconnect a client.

    It leaves the answer to its last poll unread, of which aiohttp complains whenever that is collected: it is
    collected here, where nobody listens.
    """
    await client.disconnect()
    await client.shutdown()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
