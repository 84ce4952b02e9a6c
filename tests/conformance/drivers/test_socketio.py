"""The Socket.IO client: packets, and a connection against peers of a few lines."""

import asyncio
import json
from collections.abc import Sequence

import pytest
from peers import OPEN, greet, peer
from websockets.asyncio.server import ServerConnection

from palaver_conformance.drivers.socketio import Kind, Listener, Packet, SocketConnection, decode
from palaver_conformance.errors import Failure
from palaver_conformance.evidence.trace import Trace


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ('2["a",{"b":1}]', Packet(Kind.EVENT, data=["a", {"b": 1}])),
        ('212["a"]', Packet(Kind.EVENT, id=12, data=["a"])),
        ('2/room,7["a"]', Packet(Kind.EVENT, "/room", 7, ["a"])),
        ('30[{"x":"é"}]', Packet(Kind.ACK, id=0, data=[{"x": "é"}])),
        ('0{"sid":"x"}', Packet(Kind.CONNECT, data={"sid": "x"})),
        ("1/room,", Packet(Kind.DISCONNECT, "/room")),
    ],
)
def test_packets_go_both_ways(text: str, packet: Packet) -> None:
    """A packet is read and written alike."""
    assert decode(text) == packet
    assert packet.encode() == text


@pytest.mark.parametrize("text", ["", "9", "x", '2["a"', "2[1]x"])
def test_what_is_no_packet(text: str) -> None:
    """Anything else is a ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        decode(text)


class Client:
    """A connection that keeps what arrives."""

    def __init__(self, namespace: str = "/") -> None:
        self.events: list[tuple[str, list[object]]] = []
        self.violations: list[str] = []
        self.reasons: list[str] = []
        loop = asyncio.get_running_loop()
        self.heard: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        listener = Listener(self._hear, self.violations.append, self._end)
        self.socket = SocketConnection(namespace, Trace().wire("c"), listener)

    def _hear(self, name: str, arguments: Sequence[object]) -> None:
        self.events.append((name, list(arguments)))
        self.heard.set_result(None)

    def _end(self, reason: str) -> None:
        self.reasons.append(reason)
        self.ended.set_result(None)

    async def open(self, url: str, patience: float = 2.0) -> None:
        """Connect with a token."""
        await self.socket.open(url, "/", auth={"token": "t"}, query={}, headers={}, patience=patience)


async def test_event_acknowledgement_and_disconnect() -> None:
    """A request gets its acknowledgement, events arrive, and a disconnect is told with its reason."""
    joined: list[str] = []

    async def script(socket: ServerConnection) -> None:
        joined.append(await greet(socket))
        request = decode(str(await socket.recv())[1:])
        await socket.send('42["told",{"n":1}]')
        await socket.send(f"43{request.id}" + json.dumps([{"echo": request.data}]))
        await socket.send("41")
        await socket.wait_closed()

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        asked = await client.socket.request("say", {"x": 1})
        assert await asked == [{"echo": ["say", {"x": 1}]}]
        await client.ended
        await client.socket.close()
    assert joined == ['40{"token":"t"}']
    assert client.events == [("told", [{"n": 1}])]
    assert client.reasons == ["disconnected by the server"]
    assert client.violations == []


async def test_refused_namespace() -> None:
    """A CONNECT_ERROR is a failure with what the server said; silence is one too."""

    async def script(socket: ServerConnection) -> None:
        await socket.send(OPEN)
        if "refuse" in str(await socket.recv()):
            await socket.send('44/refuse,{"message":"go away"}')
        await socket.wait_closed()

    async with peer(script) as url:
        for namespace, told in (("/refuse", "go away"), ("/silent", "")):
            client = Client(namespace)
            with pytest.raises(Failure) as caught:
                await client.open(url, 0.2)
            await client.socket.close()
            assert told in str(caught.value.arrived)


async def test_what_a_server_may_not_send_is_told() -> None:
    """Acknowledgements that nobody waits for, second ones, nameless events and foreign packets are violations."""

    async def script(socket: ServerConnection) -> None:
        await greet(socket)
        request = decode(str(await socket.recv())[1:])
        ack = f'43{request.id}["ok"]'
        for frame in (ack, ack, '4399["x"]', "42[]", '451-["x"]', '42/other,["x"]', "4?", '40{"sid":"2"}'):
            await socket.send(frame)
        await socket.send('42["end"]')
        await socket.wait_closed()

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        assert await (await client.socket.request("say", {})) == ["ok"]
        await client.heard
        await client.socket.close()
    words = ("nobody waits", "nobody waits", "without a name", "binary", "/other", "not a Socket.IO", "second CONNECT")
    assert len(client.violations) == len(words)
    assert all(word in violation for word, violation in zip(words, client.violations, strict=True))


async def test_other_namespace_may_be_refused() -> None:
    """A scenario may ask for any namespace, by a packet of its own; that the server refuses it is no violation."""

    async def script(socket: ServerConnection) -> None:
        await greet(socket)
        await socket.send('44/other,{"message":"there is none"}')
        await socket.send('42["end"]')
        await socket.wait_closed()

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        await client.heard
        await client.socket.close()
    assert client.violations == []


async def test_other_namespace_may_be_there() -> None:
    """A server may have that namespace too, and say things in it: that is nobody's business here."""

    async def script(socket: ServerConnection) -> None:
        await greet(socket)
        for packet in ('40/other,{"sid":"o"}', '42/other,["news",{}]', '42/strange,["news",{}]', '42["end"]'):
            await socket.send(packet)
        await socket.wait_closed()

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        await client.heard
        await client.socket.close()
    assert client.violations == ["a packet for the namespace /strange, which was not joined"]
    assert client.events == [("end", [])]


async def test_requests_fail_when_the_connection_ends() -> None:
    """Neither a pending nor a later request waits for ever."""

    async def script(socket: ServerConnection) -> None:
        await greet(socket)
        await socket.recv()

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        pending = await client.socket.request("say", {})
        with pytest.raises(Failure, match="acknowledgement"):
            await pending
        with pytest.raises(Failure, match="acknowledgement"):
            await (await client.socket.request("say", {}))
        await client.socket.close()


async def test_event_in_pieces_is_one_event() -> None:
    """It comes in fragments of one frame, in its namespace; what is held back is read later."""
    frames: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def script(socket: ServerConnection) -> None:
        await socket.send(OPEN)
        await socket.recv()
        await socket.send("40/room,{}")
        frames.set_result(str(await socket.recv()))
        await socket.send('42/room,["told",1]')
        await socket.wait_closed()

    async with peer(script) as url:
        client = Client("/room")
        await client.socket.open(url, "/", auth=None, query={}, headers={}, patience=10.0, slow=True)
        client.socket.hold()
        await client.socket.emit_in_pieces("say", {"a": 1}, 4)
        assert await asyncio.wait_for(frames, 30) == '42/room,["say",{"a":1}]   '
        client.socket.read_on()
        await asyncio.wait_for(client.heard, 30)
        await client.socket.close()
    assert client.events == [("told", [1])]
