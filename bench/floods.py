"""The floods: each takes as much of a server as it gives, for some seconds, and counts what it got for it.

Run by bench/flood.py as a process of its own, so that whoever measures does not compete with it for one interpreter:

    python bench/floods.py KIND URL SECONDS < aim.json > got.json  # after a line that says that it is ready
"""

import asyncio
import contextlib
import itertools
import json
import re
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

import uvloop
from flooder import (
    PATIENCE,
    Aim,
    emitting,
    events,
    frames,
    joined,
    masked,
    raw,
    request,
    requesting,
    together,
)
from websockets.exceptions import ConnectionClosed

_BUFFER: Final = 4_096

Flood: TypeAlias = Callable[[Aim], Awaitable[None]]
FLOODS: dict[str, Flood] = {}


def flood(name: str) -> Callable[[Flood], Flood]:
    """List a flood; its docstring says what it is."""

    def listed(act: Flood) -> Flood:
        FLOODS[name] = act
        return act

    return listed


@flood("control")
async def nobody(aim: Aim) -> None:
    """Ask, on a hundred connections, one that is no chat and answers at once: shows what the machine itself does."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        elsewhere = replace(aim, url=f"http://{host}:{port}")
        await together(*(requesting(elsewhere, lambda _: request("GET", "/")) for _ in range(100)))


@flood("messages")
async def messages(aim: Aim) -> None:
    """Send messages as one user, on five connections, as fast as they are read."""
    event = events("message:send", lambda number: {"conversationId": aim.room, "content": f"spam {number}"})
    await together(*(emitting(aim, aim.tokens[0], event) for _ in range(5)))


@flood("typing")
async def typing(aim: Aim) -> None:
    """Start to type over and over, as one user, on five connections."""
    event = events("typing:start", lambda _: {"conversationId": aim.room})
    await together(*(emitting(aim, aim.tokens[0], event) for _ in range(5)))


@flood("unknown-events")
async def unknown(aim: Aim) -> None:
    """Send events that do not exist, as five users."""
    await together(
        *(emitting(aim, token, events("no:such:event", lambda number: {"n": number})) for token in aim.tokens[:5])
    )


@flood("connections")
async def storm(aim: Aim) -> None:
    """Join and go at once, as two hundred users, forty at a time."""

    async def come_and_go(start: int) -> None:
        for number in itertools.count(start):
            with contextlib.suppress(OSError):
                async with joined(aim, aim.tokens[number % len(aim.tokens)]):
                    aim.got["accepted"] += 1

    await together(*(come_and_go(number * 5) for number in range(40)))


@flood("half-open")
async def half_open(aim: Aim) -> None:
    """Open a thousand connections that say nothing, begin a request and do not end it, or never send CONNECT."""

    async def linger(first: bytes) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection(*aim.place)
            except OSError:
                aim.got["not connected"] += 1
                await asyncio.sleep(0.1)
                continue
            try:
                writer.write(first)
                if first.endswith(b"\r\n\r\n"):
                    await reader.readuntil(b"\r\n\r\n")
                while await reader.read(_BUFFER):
                    pass
                aim.got["closed"] += 1
            except (OSError, asyncio.IncompleteReadError):
                aim.got["cut off"] += 1
            finally:
                writer.transport.abort()

    upgrade = request(
        "GET",
        "/socket.io/?EIO=4&transport=websocket",
        Connection="Upgrade",
        Upgrade="websocket",
        Sec_WebSocket_Key="AAAAAAAAAAAAAAAAAAAAAA==",
        Sec_WebSocket_Version="13",
    )
    begun = b"GET /conversations HTTP/1.1\r\nHost: flood\r\nX-A: "
    await together(*(linger((b"", begun, upgrade)[number % 3]) for number in range(1_000)))


@flood("polling")
async def polling(aim: Aim) -> None:
    """Open sessions of Engine.IO by polling and never join them, forty at a time."""
    await together(
        *(requesting(aim, lambda _: request("GET", "/socket.io/?EIO=4&transport=polling")) for _ in range(40))
    )


@flood("slow-readers")
async def slow(aim: Aim) -> None:
    """Read nothing, as fifty members of a room, of messages of 5,000 characters that one of them sends."""

    async def deaf(token: str) -> None:
        while True:
            with contextlib.suppress(OSError):
                async with joined(aim, token) as client:
                    client.transport.pause_reading()
                    # Its end is not noticed by who does not read: it is looked for.
                    while not client.transport.is_closing():
                        await asyncio.sleep(0.2)
                        with contextlib.suppress(ConnectionClosed):
                            await client.send("3")
                    aim.got["cut off"] += 1
            await asyncio.sleep(0.1)

    event = events("message:send", lambda number: {"conversationId": aim.room, "content": f"{number:05000}"})
    await together(emitting(aim, aim.tokens[0], event), *(deaf(token) for token in aim.tokens[1:51]))


@flood("oversized")
async def oversized(aim: Aim) -> None:
    """Send frames of two megabytes, and events of a hundred kilobytes, by turns."""

    def event(number: int) -> list[str | bytes]:
        return [f'42{number}["message:send",{{"content":"{"x" * (2_000_000 if number % 2 else 100_000)}"}}]']

    await together(*(emitting(aim, token, event) for token in aim.tokens[:5]))


@flood("fragments")
async def fragments(aim: Aim) -> None:
    """Send messages in thousands of fragments without content, or with one byte."""
    data = masked(0x01, b"4") + masked(0x00, b"") * 5_000 + masked(0x00, b"2") * 5_000
    await together(*(frames(aim, token, data) for token in aim.tokens[:5]))


@flood("pings")
async def pings(aim: Aim) -> None:
    """Send pings of WebSocket, as many as are taken."""
    await together(*(frames(aim, token, masked(0x89, b"x" * 100) * 1_000) for token in aim.tokens[:5]))


@flood("attachments")
async def attachments(aim: Aim) -> None:
    """Send events with thousands of binary attachments, and with a few large ones."""

    def event(number: int) -> list[str | bytes]:
        count, size = (9_000, 1) if number % 2 else (10, 900_000)
        return [f'45{count}-{number}["message:send",{{"_placeholder":true,"num":0}}]', *[b"\0" * size] * count]

    await together(*(emitting(aim, token, event) for token in aim.tokens[:5]))


@flood("nesting")
async def nesting(aim: Aim) -> None:
    """Send events and bodies of sixty kilobytes that are nothing but brackets."""
    deep = "[" * 30_000 + "]" * 30_000
    wide = "[" + "[[[[]]]]," * 7_000 + "[]]"

    def event(number: int) -> list[str | bytes]:
        content = deep if number % 2 else wide
        return [f'42{number}["message:send",{{"conversationId":"{aim.room}","content":{content}}}]']

    def body(number: int) -> bytes:
        content = (deep if number % 2 else wide).encode()
        headers = {"Authorization": f"Bearer {aim.tokens[9]}", "Content_Type": "application/json"}
        return request("POST", "/conversations", content, **headers)

    await together(
        *(emitting(aim, token, event) for token in aim.tokens[:5]), *(requesting(aim, body) for _ in "12345")
    )


@flood("logins")
async def logins(aim: Aim) -> None:
    """Try to sign in, each time by another name, on twenty connections."""

    def attempt(number: int) -> bytes:
        body = json.dumps({"username": f"user{number % 100_000}", "password": f"a guess {number}"}).encode()
        return request("POST", "/auth/login", body, Content_Type="application/json")

    await together(*(requesting(aim, attempt) for _ in range(20)))


@flood("metadata")
async def metadata(aim: Aim) -> None:
    """Send messages with sixty kilobytes of metadata."""
    large = {f"key {number}": "x" * 1_900 for number in range(32)}
    event = events("message:send", lambda _: {"conversationId": aim.room, "content": "x", "metadata": large})
    await together(*(emitting(aim, token, event) for token in aim.tokens[:5]))


@flood("history")
async def history(aim: Aim) -> None:
    """Ask for pages of a hundred messages, as one user, on twenty connections."""
    headers = {"Authorization": f"Bearer {aim.tokens[0]}"}
    page = request("GET", f"/conversations/{aim.room}/messages?limit=100", **headers)
    await together(*(requesting(aim, lambda _: page) for _ in range(20)))


@flood("bodies")
async def bodies(aim: Aim) -> None:
    """Send bodies without end: of one megabyte a piece, and of one byte now and then."""

    async def pieces(size: int, pause: float) -> AsyncIterator[bytes]:
        while True:
            yield f"{size:x}\r\n".encode() + b" " * size + b"\r\n"
            await asyncio.sleep(pause)

    async def post(path: str, size: int, pause: float) -> None:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: flood\r\nAuthorization: Bearer {aim.tokens[0]}\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        ).encode()
        while True:
            await raw(aim, head, pieces(size, pause))

    paths = ("/conversations", "/auth/login", "/socket.io/?EIO=4&transport=polling")
    await together(*(post(path, size, pause) for path in paths for size, pause in ((1_000_000, 0.0), (1, 0.5)) * 10))


@flood("headers")
async def headers(aim: Aim) -> None:
    """Send requests with headers without end."""

    async def lines() -> AsyncIterator[bytes]:
        for number in itertools.count():
            yield (f"X-Header-{number}: {'x' * 1_000}\r\n" * 20).encode()

    async def ask() -> None:
        while True:
            await raw(aim, b"GET /conversations HTTP/1.1\r\nHost: flood\r\n", lines())

    await together(*(ask() for _ in range(20)))


@flood("packets")
async def packets(aim: Aim) -> None:
    """Poll with a megabyte of the smallest packets there are."""
    body = b"\x1e".join([b"6"] * 500_000)[:999_999]

    async def post() -> None:
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection(*aim.place)
                try:
                    writer.write(request("GET", "/socket.io/?EIO=4&transport=polling"))
                    await reader.readuntil(b"\r\n\r\n")
                    sid = re.search(rb'"sid":"([^"]+)"', await reader.read(_BUFFER))
                    if sid is not None:
                        path = f"/socket.io/?EIO=4&transport=polling&sid={sid[1].decode()}"
                        await raw(aim, request("POST", path, body))
                finally:
                    writer.transport.abort()
            await asyncio.sleep(0)

    await together(*(post() for _ in range(10)))


@flood("requests")
async def requests(aim: Aim) -> None:
    """Ask as two hundred users from one address, on a hundred connections."""

    def ask(number: int) -> bytes:
        return request("GET", "/users/me", Authorization=f"Bearer {aim.tokens[number % len(aim.tokens)]}")

    await together(*(requesting(aim, ask) for _ in range(100)))


async def run(kind: str, aim: Aim, seconds: float) -> Mapping[str, int]:
    """Flood, and give what was got."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await FLOODS[kind](aim)
    return aim.got


def main() -> None:
    """Flood as the arguments say, by the tokens on standard input."""
    kind, url, seconds = sys.argv[1:]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    given = json.load(sys.stdin)
    aim = Aim(url, given["room"], given["tokens"])
    began = time.monotonic()
    got = uvloop.run(run(kind, aim, float(seconds)))
    json.dump({"seconds": time.monotonic() - began, "got": dict(got)}, sys.stdout)


if __name__ == "__main__":
    socket.setdefaulttimeout(PATIENCE)
    main()
