"""Frames over a WebSocket, to a server of the websockets library."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve

from palaver_client.connections import Listener
from palaver_client.connections.websocket import WebSocketConnection
from palaver_wire.client import ConnectionLost, Json, NotConnected, Socket

SOCKET = Socket(path="/ws", namespace="/", tag="type", auth=None, query="token")


class Ear:
    """What a connection tells."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Json]] = []
        self.end: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.listener = Listener(lambda name, value: self.events.append((name, value)), self.end.set_result)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Sends back each frame, after what is no frame; `bye` ends the connection."""

    async def handle(connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        await connection.send(json.dumps({"type": "hello", "path": request.path, **dict(request.headers)}))
        async for frame in connection:
            if json.loads(frame)["type"] == "bye":
                return await connection.close(4401, "UNAUTHORIZED")
            await connection.send("no json")
            await connection.send("[]")
            await connection.send(frame)
        return None

    async with serve(handle, "127.0.0.1", 0) as server:
        yield server


def url(server: Server) -> str:
    """Return where a server listens, with a path before all others."""
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/prefix/"


async def test_frames_go_both_ways_until_the_end(server: Server) -> None:
    """The token is in the query; what is no frame is passed over; the end has its code and reason."""
    ear = Ear()
    connection = WebSocketConnection(url(server), SOCKET, ear.listener)
    await connection.open("a/b")
    await connection.send("say", {"type": "say", "text": "é"}, None)
    await connection.send("bye", {"type": "bye"}, None)
    assert await ear.end == "4401 UNAUTHORIZED"
    (hello, said) = ear.events
    assert isinstance(hello[1], dict)
    assert hello[1]["path"] == "/prefix/ws?token=a%2Fb"
    assert said == ("say", {"type": "say", "text": "é"})
    with pytest.raises(ConnectionLost, match="4401"):
        await connection.send("say", {"type": "say"}, None)
    await connection.close()


async def test_token_goes_into_a_header_where_there_is_no_query(server: Server) -> None:
    """As the documents have it."""
    ear = Ear()
    connection = WebSocketConnection(url(server), Socket("/ws", "/", "type", None, None), ear.listener)
    await connection.open("secret")
    await connection.send("say", {"type": "say"}, None)
    await connection.send("bye", {"type": "bye"}, None)
    await ear.end
    assert isinstance(ear.events[0][1], dict)
    assert ear.events[0][1]["authorization"] == "Bearer secret"
    await connection.close()


async def test_closing_tells_nothing(server: Server) -> None:
    """Who closes knows that it is closed."""
    ear = Ear()
    connection = WebSocketConnection(url(server), SOCKET, ear.listener)
    await connection.open("secret")
    await connection.close()
    assert not ear.end.done()


async def test_no_server_is_told(server: Server) -> None:
    """With its address."""
    server.close()
    await server.wait_closed()
    connection = WebSocketConnection("http://127.0.0.1:9", SOCKET, Ear().listener)
    with pytest.raises(ConnectionLost):
        await connection.send("say", {"type": "say"}, None)
    with pytest.raises(NotConnected, match=r"127\.0\.0\.1:9"):
        await connection.open(None)
    await connection.close()
