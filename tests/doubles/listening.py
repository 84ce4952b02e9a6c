"""A listener for an application that counts, and clients that speak bytes."""

import asyncio
import contextlib
import itertools
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from starlette.types import Receive, Scope, Send

from palaver_runtime.transports.census import ListenerLimits
from palaver_runtime.transports.listener import bind, serving

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
)
PATIENCE = 10.0


class Application:
    """Answers requests, where it `waits` once their body is there; and says how long each websocket message is."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.large = b""
        self.waits = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        if scope["type"] == "http":
            while self.waits and (await receive()).get("more_body"):
                pass
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": self.large})
            return
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            self.messages.append(message["text"])
            await send({"type": "websocket.send", "text": str(len(self.messages))})


async def become(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        for _ in itertools.count():
            if true():
                return
            await asyncio.sleep(0.01)


class Client:
    """A connection of bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ended(self) -> bytes:
        """Return what is there to be read until the server ends the connection."""
        read = b""
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                while piece := await self.reader.read(65_536):
                    read += piece
        return read

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(cls, port: int) -> AsyncIterator["Client"]:
        """Connect."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield cls(reader, writer)
        finally:
            writer.transport.abort()

    async def upgrade(self, more: bytes = b"", target: bytes = b"/", *, whole: bool = True) -> bytes:
        """Open a websocket, by a request in one piece or in two, and return the head of the answer."""
        request = UPGRADE.replace(b"/", target, 1) + more + b"\r\n"
        if not whole:
            self.writer.write(request[:20])
            await asyncio.sleep(0.02)
            request = request[20:]
        self.writer.write(request)
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readuntil(b"\r\n\r\n")


class Served:
    """A listener, and how often which limit was met."""

    def __init__(self, app: Application, port: int) -> None:
        self.app, self.port, self.met = app, port, []

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """Connect."""
        async with Client.connected(self.port) as client:
            yield client


@contextlib.asynccontextmanager
async def served(headers_at: Mapping[str, Mapping[str, str]] | None = None, **limits: Any) -> AsyncIterator[Served]:
    """Serve with limits, and with headers of their own at some paths."""
    app = Application()
    found = Served(app, 0)
    listeners = bind([(app, "127.0.0.1", 0)], limits=ListenerLimits(refused=found.met.append, **limits))
    listeners[0].headers_at = headers_at or {}
    async with serving(listeners):
        found.port = listeners[0].port
        yield found


def frame(first: int, content: bytes) -> bytes:
    """Write a frame of a client, of less than 126 bytes."""
    return struct.pack("!BB4x", first, 0x80 | len(content)) + content
