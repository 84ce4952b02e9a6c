"""Aether's Socket.IO side on the real core, and clients of it."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from doubles.aether import Arrive, Ask, Visitor
from doubles.gateway import handshake, token

from palaver_runtime.core import Core
from palaver_runtime.dialects.aether.sockets import AetherSockets
from palaver_runtime.transports.sockets import NO_ACK


@pytest.fixture
async def sockets(core: Core) -> AsyncIterator[AetherSockets]:
    """Aether on that core."""
    async with AsyncExitStack() as stack:
        sockets = AetherSockets(core)
        stack.push_async_callback(sockets.close)
        yield sockets


@pytest.fixture
def ask(sockets: AetherSockets) -> Ask:
    """How a client sends an event. It is never acknowledged."""

    async def ask_(client: Visitor, event: str, **payload: object) -> None:
        ack = await sockets.receive(client.connection, event, [json.dumps(payload)], acknowledge=True)
        assert ack is NO_ACK

    return ask_


@pytest.fixture
def arrive(sockets: AetherSockets, ask: Ask) -> Arrive:
    """How a user comes."""
    count = 0

    async def arrive_(user_id: str, *rooms: str) -> Visitor:
        nonlocal count
        count += 1
        client = Visitor(f"c{count}")
        assert await sockets.connect(client.connection, handshake({"token": token(user_id)}))
        assert (await client.next())[0] == "connected"
        for room in rooms:
            await ask(client, "join_room", roomId=room)
            assert await client.next() == ("joined_room", {"message": f"Joined room {room}", "roomId": room})
        return client

    return arrive_
