"""Who floods: what is aimed at, and the ways to come in and to go on, of which each flood takes some."""

import asyncio
import contextlib
import itertools
import json
import re
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

_CODE: Final = re.compile(r'"code":"([A-Z_]+)"')
_WINDOW: Final = 200
"""Events of a connection that wait for their answers."""

PATIENCE: Final = 5.0
"""Seconds that an answer is waited for."""


@dataclass
class Aim:
    """What is flooded: where, by whose tokens, in which room."""

    url: str
    room: str
    tokens: list[str]
    got: Counter[str] = field(default_factory=Counter)

    @property
    def place(self) -> tuple[str, int]:
        """Give host and port."""
        parts = urlsplit(self.url)
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port

    @property
    def websocket(self) -> str:
        """Give the address of a websocket of Engine.IO."""
        return f"{self.url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"

    def note(self, answer: str) -> None:
        """Count an answer by its code."""
        code = _CODE.search(answer)
        self.got[code[1] if code else "accepted"] += 1


@contextlib.asynccontextmanager
async def joined(aim: Aim, token: str) -> AsyncIterator[ClientConnection]:
    """Give a websocket that has joined, or count why not and raise OSError."""
    try:
        # To wait for the closing handshake of a server that has cut one off takes longer than the flood.
        client = await connect(
            aim.websocket, compression=None, ping_interval=None, max_size=None, proxy=None, close_timeout=0.1
        )
    except (OSError, InvalidHandshake) as error:
        response = getattr(error, "response", None)
        aim.got[f"HTTP {response.status_code}" if response else "not connected"] += 1
        raise OSError from error
    try:
        await client.recv()
        await client.send(f'40{{"token":"{token}"}}')
        await client.recv()
        greeting = str(await client.recv())
        if '"code"' in greeting:
            aim.note(greeting)
            raise OSError("refused")
        yield client
    except ConnectionClosed as error:
        aim.got[f"closed {error.rcvd.code if error.rcvd else 'without a word'}"] += 1
        raise OSError from error
    finally:
        client.transport.abort()


async def answers(aim: Aim, client: ClientConnection, credit: asyncio.Semaphore) -> None:
    """Count acknowledgements and answer pings until the connection ends."""
    with contextlib.suppress(ConnectionClosed):
        async for frame in client:
            text = str(frame)
            if text == "2":
                await client.send("3")
            elif text.startswith("43"):
                aim.note(text)
                credit.release()


async def emitting(aim: Aim, token: str, event: Callable[[int], list[str | bytes]]) -> None:
    """Send events as fast as the server reads them, for ever; each is its frames, the first of which asks to be told.

    Where a connection ends another one is opened.
    """
    for number in itertools.count():
        with contextlib.suppress(OSError):
            async with joined(aim, token) as client:
                credit = asyncio.Semaphore(_WINDOW)
                listening = asyncio.create_task(answers(aim, client, credit))
                try:
                    for each in itertools.count(number * 1_000_000):
                        await credit.acquire()
                        for frame in event(each):
                            await client.send(frame)
                finally:
                    listening.cancel()
        await asyncio.sleep(0.01)


def events(name: str, payload: Callable[[int], object]) -> Callable[[int], list[str | bytes]]:
    """Make events of one name, each of which asks for an acknowledgement."""
    return lambda number: [f"42{number}{json.dumps([name, payload(number)])}"]


async def raw(aim: Aim, head: bytes, body: AsyncIterator[bytes] | None = None, wait: float = PATIENCE) -> None:
    """Send a request as bytes, and count the status of its answer."""
    writer = None
    try:
        reader, writer = await asyncio.open_connection(*aim.place)
        writer.write(head)
        if body is not None:
            async for piece in body:
                writer.write(piece)
                await writer.drain()
        async with asyncio.timeout(wait):
            line = await reader.readline()
        aim.got[f"HTTP {line.split()[1].decode()}" if line else "cut off"] += 1
    except TimeoutError:
        aim.got["no answer"] += 1
    except OSError:
        aim.got["cut off"] += 1
    finally:
        if writer is not None:
            writer.transport.abort()


async def requesting(aim: Aim, request: Callable[[int], bytes]) -> None:
    """Send requests on one connection, one after the other, for ever; where it ends another one is opened."""
    for number in itertools.count():
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            reader, writer = await asyncio.open_connection(*aim.place)
            try:
                for each in itertools.count(number * 1_000_000):
                    writer.write(request(each))
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
                    if length:
                        await reader.readexactly(int(length[1]))
                    elif b"chunked" in head.lower():
                        await reader.readuntil(b"0\r\n\r\n")
                    aim.got[f"HTTP {head.split(maxsplit=2)[1].decode()}"] += 1
                    if b"connection: close" in head.lower():
                        break
            finally:
                writer.transport.abort()
        await asyncio.sleep(0)


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Write a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: flood", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def together(*acts: Awaitable[None]) -> None:
    """Do all at once."""
    await asyncio.gather(*acts)


def masked(first: int, content: bytes) -> bytes:
    """Write a frame of a client with a mask of zeros; of less than 126 bytes."""
    return struct.pack("!BB4x", first, 0x80 | len(content)) + content


async def drained(client: ClientConnection) -> None:
    """Wait until everything written is with the kernel, or the connection has ended."""
    for _ in itertools.count():
        if not client.transport.get_write_buffer_size() or client.transport.is_closing():
            return
        await asyncio.sleep(0.001)


async def frames(aim: Aim, token: str, data: bytes) -> None:
    """Write frames on a websocket that has joined, as fast as they are taken, past the library."""
    while True:
        with contextlib.suppress(OSError):
            async with joined(aim, token) as client:
                listening = asyncio.create_task(answers(aim, client, asyncio.Semaphore(1)))
                try:
                    while not client.transport.is_closing():
                        client.transport.write(data)
                        await asyncio.sleep(0)
                        await drained(client)
                    aim.got["cut off"] += 1
                finally:
                    listening.cancel()
        await asyncio.sleep(0.01)
