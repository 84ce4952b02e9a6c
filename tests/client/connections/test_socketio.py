"""Socket.IO, to a server of python-socketio."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import socketio
from aiohttp import web

from palaver_client.connections import Listener
from palaver_client.connections.socketio import SocketIoConnection
from palaver_wire.client import ConnectionLost, Json, NotConnected, Socket

SOCKET = Socket(path="/socket.io/", namespace="/chat", tag=None, auth="key", query="token")


class Ear:
    """What a connection tells."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Json]] = []
        self.end: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.listener = Listener(lambda name, value: self.events.append((name, value)), self.end.set_result)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Where a server listens that knows one token, sends back what it is sent, and ends a connection on `bye`."""
    server = socketio.AsyncServer(async_mode="aiohttp")

    async def connect(sid: str, environ: Any, auth: Any) -> None:
        if auth != {"key": "good"}:
            raise socketio.exceptions.ConnectionRefusedError("bad token")
        await server.emit("hello", {"number": 1}, to=sid, namespace="/chat")

    async def say(sid: str, value: Any) -> Any:
        await server.emit("said", value, to=sid, namespace="/chat")
        return value

    async def bye(sid: str, value: Any) -> None:
        await server.disconnect(sid, namespace="/chat")

    for handler in (connect, say, bye):
        server.on(handler.__name__, handler, namespace="/chat")
    application = web.Application()
    server.attach(application, socketio_path="prefix/socket.io")
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/prefix"
    await server.shutdown()
    await runner.cleanup()


async def test_events_go_both_ways_until_the_end(url: str) -> None:
    """In order, acknowledged where that is asked for, in the namespace and below the path of the server."""
    ear = Ear()
    connection = SocketIoConnection(url, SOCKET, ear.listener)
    await connection.open("good")
    answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
    for number in range(5):
        await connection.send("say", {"number": number}, None)
    await connection.send("say", {"number": 5}, answer.set_result)
    assert await answer == {"number": 5}
    assert ear.events == [("hello", {"number": 1}), *(("said", {"number": number}) for number in range(6))]
    await connection.send("bye", {}, None)
    assert await ear.end
    with pytest.raises(ConnectionLost):
        await connection.send("say", {}, None)
    await connection.close()


async def test_refused_connection_has_the_servers_reason(url: str) -> None:
    """Nothing else is told of it."""
    ear = Ear()
    connection = SocketIoConnection(url, SOCKET, ear.listener)
    with pytest.raises(NotConnected, match="bad token"):
        await connection.open("bad")
    await connection.close()
    assert ear.events == []


async def test_no_server_is_told() -> None:
    """With its address."""
    connection = SocketIoConnection("http://127.0.0.1:9", SOCKET, Ear().listener)
    with pytest.raises(NotConnected, match=r"127\.0\.0\.1:9"):
        await connection.open("good")
    await connection.close()


async def test_transport_that_breaks_before_the_namespace_is_seen() -> None:
    """A server that goes away in the middle of connecting is not waited for."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        opening = '0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":60000,"maxPayload":1000000}'
        await websocket.send_str(opening)
        await websocket.receive()
        await websocket.close()
        return websocket

    application = web.Application()
    application.router.add_get("/socket.io/", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    connection = SocketIoConnection(f"http://127.0.0.1:{runner.addresses[0][1]}", SOCKET, Ear().listener)
    async with asyncio.timeout(30):
        with pytest.raises(NotConnected, match="transport error"):
            await connection.open("good")
        await connection.close()
    await runner.cleanup()
