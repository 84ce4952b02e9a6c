"""The messenger on the real core, with two people in it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from doubles.gateway import Client, handshake, token

from palaver_runtime.core import Core
from palaver_runtime.dialects.messenger.sockets import MessengerSockets

Connect = Callable[[str, str], Awaitable[Client]]


@pytest.fixture
async def sockets(core: Core) -> AsyncIterator[MessengerSockets]:
    """The messenger's Socket.IO side on the running core."""
    async with AsyncExitStack() as stack:
        sockets = MessengerSockets(core)
        stack.push_async_callback(sockets.close)
        yield sockets


@pytest.fixture
def connect(sockets: MessengerSockets) -> Connect:
    """How to connect a user: `connect(user_id, connection_id)` gives the client."""

    async def connect_(user_id: str, connection_id: str) -> Client:
        client = Client(connection_id, "messenger")
        assert await sockets.connect(client.connection, handshake({"token": token(user_id)}))
        return client

    return connect_
