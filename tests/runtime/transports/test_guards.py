"""What a listener asks of a connection before any application sees it."""

import asyncio
import contextlib
import itertools
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any
from unittest.mock import Mock

import pytest
from starlette.types import Receive, Scope, Send

from palaver_runtime import fairness as fair
from palaver_runtime.fairness import Fairness
from palaver_runtime.transports.door import Proxies
from palaver_runtime.transports.guards import Census, GuardedWebSocket, ListenerLimits
from palaver_runtime.transports.listener import bind, serving

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
)
PATIENCE = 10.0


class Application:
    """Answers requests once their body is there, and says how long each websocket message is."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.large = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        if scope["type"] == "http":
            while (await receive()).get("more_body"):
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

    async def upgrade(self, more: bytes = b"") -> bytes:
        """Open a websocket and return the head of the answer."""
        self.writer.write(UPGRADE + more + b"\r\n")
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readuntil(b"\r\n\r\n")


class Served:
    """A listener, and how often which limit was met."""

    def __init__(self, app: Application, port: int) -> None:
        self.app, self.port, self.met = app, port, []

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """Connect."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Client(reader, writer)
        finally:
            writer.transport.abort()


@contextlib.asynccontextmanager
async def served(**limits: Any) -> AsyncIterator[Served]:
    """Serve with limits."""
    app = Application()
    found = Served(app, 0)
    listeners = bind([(app, "127.0.0.1", 0)], limits=ListenerLimits(refused=found.met.append, **limits))
    async with serving(listeners):
        found.port = listeners[0].port
        yield found


def frame(first: int, content: bytes) -> bytes:
    """Write a frame of a client, of less than 126 bytes."""
    return struct.pack("!BB4x", first, 0x80 | len(content)) + content


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_who_takes_too_long_to_ask_is_cut_off(begun: bytes) -> None:
    """Neither who says nothing, nor whose headers or body do not end, is waited for without end."""
    async with served(request_seconds=0.05) as server, server.client() as client:
        client.writer.write(begun)
        assert await client.ended() == b""
        assert server.met == ["handshake_seconds"]


async def test_who_has_asked_is_not_hurried() -> None:
    """The time is that of one request, and begins anew with the next."""
    async with served(request_seconds=0.5) as server, server.client() as client:
        for _ in range(3):
            client.writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            async with asyncio.timeout(PATIENCE):
                assert (await client.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            await client.reader.readuntil(b"0\r\n\r\n")
            await asyncio.sleep(0.2)
        assert server.met == []


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * 300 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 50 + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 300,
        UPGRADE + b"X: " + b"y" * 300 + b"\r\n\r\n",
    ],
)
async def test_long_headers_are_refused(head: bytes) -> None:
    """Whether they end or not, with 431."""
    async with served(max_header_bytes=256) as server, server.client() as client:
        client.writer.write(head)
        assert (await client.ended()).startswith(b"HTTP/1.1 431 ")
        assert server.met == ["header_bytes"]
        async with server.client() as other:
            other.writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            async with asyncio.timeout(PATIENCE):
                assert (await other.reader.readline()).startswith(b"HTTP/1.1 200")


async def test_compression_is_not_accepted() -> None:
    """An offer of permessage-deflate is not taken up."""
    async with served() as server, server.client() as client:
        answer = await client.upgrade(b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")
        assert answer.startswith(b"HTTP/1.1 101 ")
        assert b"sec-websocket-extensions" not in answer.lower()


async def test_connections_of_an_address_are_bounded() -> None:
    """One too many is cut off at once; it does not matter of which kind they are, and one that ends makes room."""
    async with served(max_address_connections=2) as server:
        async with server.client() as one, server.client() as two:
            await one.upgrade()
            two.writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            async with asyncio.timeout(PATIENCE):
                await two.reader.readuntil(b"\r\n\r\n")
            async with server.client() as three:
                assert await three.ended() == b""
        assert server.met == ["connections_address"]
        async with asyncio.timeout(PATIENCE):
            while True:
                async with server.client() as again:
                    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                        await again.upgrade()
                        break


def test_census_counts_by_address_and_in_all() -> None:
    """Proxies count for nobody but in all."""
    met: list[str] = []
    limits = ListenerLimits(
        max_address_connections=1, max_connections=4, refused=met.append, proxies=Proxies(["10.0.0.1"])
    )
    census = Census(limits)
    first = census.enter("192.0.2.1")
    assert first == "192.0.2.1"
    assert census.enter("192.0.2.1") is None
    assert census.enter("2001:db8::1") == "2001:db8::/64"
    assert census.enter("2001:db8::2") is None
    assert [census.enter("10.0.0.1") for _ in range(3)] == ["10.0.0.1", "10.0.0.1", None]
    assert met == ["connections_address", "connections_address", "connections_total"]
    census.leave("10.0.0.1")
    census.leave(first)
    assert census.enter("192.0.2.1") == "192.0.2.1"


async def test_who_does_not_read_the_answer_is_cut_off() -> None:
    """What waits for a client waits for some time."""
    async with served(write_seconds=0.05) as server, server.client() as client:
        server.app.large = b"x" * 30_000_000
        client.writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await become(lambda: server.met)
        assert server.met == ["outbound_bytes"]
        assert len(await client.ended()) < 30_000_000


async def test_message_in_too_many_fragments_ends_the_connection() -> None:
    """However small they are."""
    async with served(max_fragments=10) as server, server.client() as client:
        await client.upgrade()
        client.writer.write(frame(0x01, b"a") + frame(0x00, b"") * 8 + frame(0x80, b"b"))
        async with asyncio.timeout(PATIENCE):
            await client.reader.readexactly(3)
        assert server.app.messages == ["ab"]
        client.writer.write(frame(0x01, b"a") + frame(0x00, b"") * 10)
        await client.ended()
        assert server.met == ["fragments"]


async def test_many_frames_are_read_in_order_and_in_time() -> None:
    """What arrives at once is read in slices, none of which is lost; so many in a second."""
    async with served(max_frames=50) as server, server.client() as client:
        await client.upgrade()
        began = asyncio.get_running_loop().time()
        client.writer.write(b"".join(frame(0x81, str(number).encode()) for number in range(150)))
        await become(lambda: len(server.app.messages) >= 150)
        assert server.app.messages == [str(number) for number in range(150)]
        assert asyncio.get_running_loop().time() - began > 0.9


async def test_large_message_is_read_whole() -> None:
    """A message of many slices is the one that was sent."""
    content = "".join(map(str, range(100_000)))
    raw = content.encode()
    head = struct.pack("!BBQ4x", 0x81, 0x80 | 127, len(raw))
    async with served() as server, server.client() as client:
        await client.upgrade()
        client.writer.write(head + raw + frame(0x81, b"after"))
        await become(lambda: len(server.app.messages) >= 2)
        assert server.app.messages == [content, "after"]


@pytest.mark.parametrize(("waiting", "cut"), [(1_000, False), (1_001, True)])
def test_who_pings_without_reading_is_cut_off(waiting: int, cut: bool) -> None:
    """The answers to pings are bounded as everything else that waits; kernels hold megabytes, so none is asked."""
    met: list[str] = []
    protocol = GuardedWebSocket.__new__(GuardedWebSocket)
    protocol.limits = ListenerLimits(max_pong_bytes=1_000, refused=met.append)
    protocol.transport = Mock(spec=asyncio.Transport)
    protocol.transport.get_write_buffer_size.return_value = waiting
    protocol.transport.is_closing.return_value = False
    protocol.conn = Mock()
    protocol.conn.data_to_send.return_value = [b"pong"]
    protocol.handle_ping()
    assert protocol.transport.abort.called == cut
    assert protocol.transport.write.called != cut
    assert met == ["outbound_bytes"] * cut


@pytest.mark.parametrize("name", ["max_header_bytes", "request_seconds", "max_frames"])
def test_limits_are_positive(name: str) -> None:
    """A limit of nothing is a mistake."""
    with pytest.raises(ValueError, match=name):
        ListenerLimits(**{name: 0})


async def test_a_websocket_is_read_when_it_is_the_turn_of_its_address() -> None:
    """What it takes to read is charged; who has had a share is not read before that is made up, if others want some."""
    now = [100.0]
    fairness = Fairness(0.5, lambda: now[0])
    account = fairness.account("127.0.0.1")
    async with served(fairness=fairness) as server, server.client() as client:
        await client.upgrade()
        await fairness.turn("192.0.2.1")
        assert account.wait() == 0
        account.charge(60.0)
        client.writer.write(frame(0x81, b"text"))
        async with server.client() as other:
            other.writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            async with asyncio.timeout(PATIENCE):
                await other.reader.readuntil(b"0\r\n\r\n")
        assert server.app.messages == []
        now[0] += 1.0
        await become(lambda: server.app.messages == ["text"])
        # The burst is full again, but for what it took to read this.
        assert 0 < account._balance < fair._BURST


async def test_a_proxy_is_on_nobodys_account() -> None:
    """Whose frames it passes on, its connection does not say."""
    fairness = Fairness(0.5)
    async with (
        served(fairness=fairness, proxies=Proxies(["127.0.0.1"])) as server,
        server.client() as client,
    ):
        await client.upgrade()
        client.writer.write(frame(0x81, b"text"))
        await become(lambda: server.app.messages == ["text"])
        assert len(fairness) == 0
