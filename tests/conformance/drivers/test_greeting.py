"""Finding out whether there is a server."""

import asyncio

import pytest
from peers import OPEN, peer, silent
from samples import bundle, contract
from websockets.asyncio.server import ServerConnection

from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.drivers.greeting import greet
from palaver_conformance.errors import Unreachable


async def test_server_that_greets() -> None:
    """A server that opens as its transport does is there."""

    async def greets(socket: ServerConnection) -> None:
        await socket.send(OPEN)
        await socket.wait_closed()

    async with peer(greets) as url:
        await greet(url, contract(), 1.0)


async def test_silent_server_is_not_there() -> None:
    """A port that is open and says nothing is given up in time."""
    async with silent() as url:
        with pytest.raises(Unreachable, match=r"0\.1 s"):
            await greet(url, contract(), 0.1)


async def test_bare_websocket_is_a_greeting() -> None:
    """Where the documents have a bare WebSocket, that it opens will do, and one who stays silent is not there."""
    documents = bundle()
    (channel,) = documents["asyncapi"]["channels"].values()
    del channel["x-socketio"]
    channel["x-websocket"] = {"path": "/ws", "tag": "/type"}
    paths: list[str] = []

    async def opens(socket: ServerConnection) -> None:
        assert socket.request is not None
        paths.append(socket.request.path)
        await socket.wait_closed()

    async with peer(opens) as url:
        await greet(url, read_bundle(documents), 1.0)
    assert paths == ["/ws"]
    async with silent() as url:
        with pytest.raises(Unreachable, match=r"0\.1 s"):
            await greet(url, read_bundle(documents), 0.1)


async def test_server_without_sockets_is_asked_by_request() -> None:
    """Where the documents have no handshake, any answer to a request will do, and none will not."""

    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<p>no</p>")
        writer.close()

    documents = bundle()
    documents["asyncapi"] = None
    async with await asyncio.start_server(page, "127.0.0.1", 0) as server:
        await greet(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", read_bundle(documents), 1.0)
    with pytest.raises(Unreachable, match="no connection"):
        await greet("http://127.0.0.1:1", read_bundle(documents), 1.0)
