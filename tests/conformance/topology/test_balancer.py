"""One port before several instances."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from palaver_conformance.topology import balancer as module
from palaver_conformance.topology.balancer import Balancer
from palaver_conformance.topology.process import free_port, hang_up

PATIENCE = 30.0


@dataclass
class Peer:
    """An instance: makes sids that say nothing of it, knows its own alone, and repeats bodies."""

    name: str
    port: int = 0
    served: list[str] = field(default_factory=list)
    sids: set[str] = field(default_factory=set)
    polled: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        target = head.split(" ")[1]
        self.served.append(target)
        sid = re.search(r"[?&]sid=(\w+)", target)
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        body = (await reader.readexactly(int(length[1]))).decode() if length else ""
        if target == "/held":
            self.polled.set()
            assert await reader.read() == b""
            self.left.set()
        elif target == "/broken":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        elif target == "/torn":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        elif target == "/chunked":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n")
        elif target == "/silent":
            pass
        elif sid and sid[1] not in self.sids:
            self.answer(writer, "400 Bad Request", "unknown session")
        elif "EIO=4" in target and not sid:
            assert "accept-encoding" not in head.lower()
            made = f"s{len(self.sids)}x{id(self)}"
            self.sids.add(made)
            self.answer(writer, "200 OK", "0" + json.dumps({"sid": made, "upgrades": ["websocket"]}))
        else:
            self.answer(writer, "200 OK", f"{self.name}:{body}")
        await hang_up(writer)

    def answer(self, writer: asyncio.StreamWriter, status: str, text: str) -> None:
        """Write an answer that has a length."""
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}".encode())


@asynccontextmanager
async def balanced(*ports: int) -> AsyncIterator[str]:
    """Yield the address of a balancer before instances on these ports."""
    balancer = Balancer(ports)
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    await balancer.open(bound)
    address = f"127.0.0.1:{bound.getsockname()[1]}"
    try:
        yield address
    finally:
        await balancer.close()


@asynccontextmanager
async def peers(*names: str) -> AsyncIterator[list[Peer]]:
    """Yield instances that listen."""
    found = [Peer(name) for name in names]
    servers = [await asyncio.start_server(each.speak, "127.0.0.1", 0) for each in found]
    for each, server in zip(found, servers, strict=True):
        each.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        for server in servers:
            server.close()
            await server.wait_closed()


async def exchange(address: str, *sent: bytes) -> bytes:
    """Say something on one connection, and return all that comes until the other side closes it."""
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for each in sent:
        writer.write(each)
        await writer.drain()
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    await hang_up(writer)
    return answer


@pytest.mark.parametrize("kept", [True, False], ids=["one connection", "many connections"])
async def test_a_polling_session_stays_where_it_was_made(kept: bool) -> None:
    """Many sessions at once: each request goes to the instance that made its sid, however connections are used."""
    limits = httpx.Limits(max_keepalive_connections=1 if kept else 0)
    async with (
        peers("a", "b", "c") as instances,
        balanced(*(each.port for each in instances)) as address,
        httpx.AsyncClient(base_url=f"http://{address}", limits=limits) as client,
    ):
        opened = [(await client.get("/socket.io/?EIO=4&transport=polling")).text for _ in range(7)]
        sids = [json.loads(text[1:])["sid"] for text in opened]
        for turn in range(3):
            for sid in sids:
                path = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
                posted = await client.post(path, content=f"turn{turn}")
                assert posted.status_code == 200
                assert posted.text.endswith(f":turn{turn}")
                assert (await client.get(path)).status_code == 200
        assert sorted(len(each.sids) for each in instances) == [2, 2, 3]


async def test_one_connection_serves_many_instances() -> None:
    """Keep-alive binds a client to no instance: requests without a session go round, also with a chunked answer."""
    async with peers("a", "b") as (first, second), balanced(first.port, second.port) as address:
        one = b"GET /chunked HTTP/1.1\r\nHost: x\r\n\r\n"
        last = b"GET /chunked HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = await exchange(address, one, one, one, last)
        assert answer.count(b"5\r\nwhole\r\n0\r\n\r\n") == 4
        assert answer.count(b"Connection: close") == 1
        assert first.served == second.served == ["/chunked", "/chunked"]


async def test_websockets_pass() -> None:
    """Messages of any size go both ways, and the end of one side ends the other."""
    ended = asyncio.Event()

    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)
        ended.set()

    async with serve(echo, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with balanced(port) as address:
            async with connect(f"ws://{address}/socket.io/?EIO=4&transport=websocket") as client:
                for message in ("first", b"\x00" * 300_000):
                    await client.send(message)
                    assert await asyncio.wait_for(client.recv(), PATIENCE) == message
            await asyncio.wait_for(ended.wait(), PATIENCE)


async def test_an_instance_that_is_gone_is_skipped() -> None:
    """All requests reach the living; sessions of the dead are answered by one who does not know them."""
    async with (
        peers("alive") as (alive,),
        balanced(free_port(), alive.port) as address,
        httpx.AsyncClient(base_url=f"http://{address}") as client,
    ):
        assert [(await client.get("/x")).text for _ in range(4)] == ["alive:"] * 4
    async with peers("heir") as (heir,):
        async with peers("dying") as (dying,), AsyncExitStack() as stack:
            address = await stack.enter_async_context(balanced(heir.port, dying.port))
            client = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://{address}"))
            text = (await client.get("/socket.io/?EIO=4")).text
            path = f"/socket.io/?EIO=4&sid={json.loads(text[1:])['sid']}"
            assert [(await client.get(path)).text for _ in range(2)] == ["dying:"] * 2
            later = stack.pop_all()
        async with later:
            assert (await client.get(path)).text == "unknown session"


async def test_nobody_is_left() -> None:
    """When every instance refuses, the client is told so."""
    async with balanced(free_port(), free_port()) as address:
        answer = await exchange(address, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert answer.endswith(b"no instance accepts connections\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/2.0\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        (b"GET http://[x/ HTTP/1.1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000, b"431"),
        (b"GET /silent HTTP/1.1\r\nHost: x\r\n\r\n", b"502"),
    ],
)
async def test_what_cannot_be_passed_on_is_refused(sent: bytes, status: bytes) -> None:
    """A head that is malformed, too long or without a body's length gets its status, and no instance sees it."""
    async with peers("a") as (instance,), balanced(instance.port) as address:
        assert (await exchange(address, sent)).split(b" ")[1] == status
        assert instance.served == (["/silent"] if status == b"502" else [])


@pytest.mark.parametrize("path", ["/broken", "/torn"])
async def test_an_answer_that_breaks_off_is_not_passed_for_whole(path: str) -> None:
    """The client's connection breaks off too, by whichever way the answer tells its length."""
    async with (
        peers("a") as (instance,),
        balanced(instance.port) as address,
        httpx.AsyncClient(base_url=f"http://{address}") as client,
    ):
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await client.get(path)


async def test_a_client_that_leaves_is_noticed() -> None:
    """The instance that holds a poll open learns at once that nobody waits for it."""
    async with peers("a") as (instance,), balanced(instance.port) as address:
        host, _, port = address.partition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.wait_for(instance.polled.wait(), PATIENCE)
        await hang_up(writer)
        await asyncio.wait_for(instance.left.wait(), PATIENCE)


async def test_an_announced_body_is_asked_for() -> None:
    """A client that waits for 100 Continue gets it, and the instance gets the body."""
    async with peers("a") as (instance,), balanced(instance.port) as address:
        head = b"POST / HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        answer = await exchange(address, head, b"body")
        assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
        assert answer.endswith(b"a:body")


async def test_sessions_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded: the session that was not used for longest goes first."""
    monkeypatch.setattr(module, "_MEMORY", 2)
    async with (
        peers("a", "b") as instances,
        balanced(*(each.port for each in instances)) as address,
        httpx.AsyncClient(base_url=f"http://{address}") as client,
    ):

        async def opened() -> str:
            text = (await client.get("/socket.io/?EIO=4")).text
            return f"/socket.io/?EIO=4&sid={json.loads(text[1:])['sid']}"

        used, unused = await opened(), await opened()
        assert (await client.get(used)).status_code == 200
        await opened()
        assert [(await client.get(used)).status_code for _ in range(4)] == [200] * 4
        assert 400 in [(await client.get(unused)).status_code for _ in range(2)]
