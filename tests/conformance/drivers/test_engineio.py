"""The Engine.IO client, against peers of a few lines."""

import asyncio

import pytest
from peers import OPEN, peer, silent
from websockets.asyncio.server import ServerConnection

from palaver_conformance.drivers.engineio import EngineConnection, address
from palaver_conformance.errors import Failure, Unreachable
from palaver_conformance.evidence.trace import Trace


def test_address() -> None:
    """The address keeps host and base path, and names the protocol revision and the token."""
    assert address("http://h:1/base/", "/socket.io/", {"k": "a b"}) == (
        "ws://h:1/base/socket.io/?EIO=4&transport=websocket&k=a+b"
    )
    assert address("https://h", "/x/", {}).startswith("wss://h/x/?")


class Client:
    """A connection that keeps what arrives."""

    def __init__(self) -> None:
        self.trace = Trace()
        self.messages: list[str] = []
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.engine = EngineConnection(self.trace.wire("c"), self.messages.append, self.ended.set_result)

    async def open(self, url: str, patience: float = 2.0) -> None:
        """Connect."""
        await self.engine.open(address(url, "/", {}), {}, patience)


async def test_messages_arrive_in_order_and_pings_are_answered() -> None:
    """Messages reach the listener in order, a ping gets its pong, everything is in the log."""
    pongs: list[str] = []

    async def script(socket: ServerConnection) -> None:
        for frame in (OPEN, "4one", "2probe", "6", "4two"):
            await socket.send(frame)
        pongs.append(str(await socket.recv()))
        await socket.send("1")

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        await client.ended
        await client.engine.close()
    assert client.messages == ["one", "two"]
    assert pongs == ["3probe"]
    log = [(entry.direction, entry.text) for entry in client.trace.entries]
    assert ("<-", "4one") in log
    assert ("->", "3probe") in log
    assert log[-1][0] == "--"


async def test_connection_that_is_cut_ends_without_a_word() -> None:
    """The server sees the connection go away without a closing handshake, and the client knows that it has ended."""
    code: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()

    async def script(socket: ServerConnection) -> None:
        await socket.send(OPEN)
        await socket.wait_closed()
        code.set_result(socket.close_code)

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        await client.engine.abort()
        assert client.ended.done()
        assert await asyncio.wait_for(code, 30) == 1006


async def test_no_server_is_unreachable() -> None:
    """A port on which nobody listens, and one that never answers, are unreachable."""
    with pytest.raises(Unreachable, match="no connection"):
        await Client().open("http://127.0.0.1:1")
    async with silent() as url:
        with pytest.raises(Unreachable, match="within"):
            await Client().open(url, 0.1)


async def test_first_packet_has_to_be_open() -> None:
    """A server that starts with something else does not speak Engine.IO."""

    async def script(socket: ServerConnection) -> None:
        await socket.send("hello")
        await socket.wait_closed()

    async with peer(script) as url:
        client = Client()
        with pytest.raises(Failure) as caught:
            await client.open(url)
        await client.engine.close()
    assert caught.value.arrived == ("hello",)


async def test_refused_upgrade_is_a_failure() -> None:
    """A server that closes at once has been reached, and has failed."""

    async def script(socket: ServerConnection) -> None:
        await socket.close(1011, "out of order")

    async with peer(script) as url:
        with pytest.raises(Failure, match="open packet") as caught:
            await Client().open(url)
    assert "out of order" in caught.value.arrived[0]


async def test_close_of_the_server_is_told_once() -> None:
    """The listener learns why; sending afterwards harms nobody."""

    async def script(socket: ServerConnection) -> None:
        await socket.send(OPEN)
        await socket.close(1001, "going away")

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        reason = await client.ended
        await client.engine.send("too late")
        await client.engine.close()
    assert reason


async def test_message_in_pieces_arrives_whole() -> None:
    """It comes in so many fragments and the empty one that ends it, and is one message."""
    fragments: asyncio.Future[list[str | bytes]] = asyncio.get_running_loop().create_future()

    async def script(socket: ServerConnection) -> None:
        await socket.send(OPEN)
        fragments.set_result([each async for each in socket.recv_streaming()])

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        await client.engine.send_in_pieces('2["a"]', 3)
        assert await asyncio.wait_for(fragments, 30) == ['42["a"]', " ", " ", ""]
        await client.engine.close()


async def test_what_is_held_back_is_read_later() -> None:
    """Nothing that arrives is handed on, however long it is there, until the client reads on."""
    arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def script(socket: ServerConnection) -> None:
        await socket.send(OPEN)
        await socket.recv()
        for frame in ("4one", "4two"):
            await socket.send(frame)
        # The answer comes when the client has got everything before it.
        await (await socket.ping())
        arrived.set_result(None)
        await socket.recv()
        await socket.send("1")

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        client.engine.hold()
        await client.engine.send("go")
        await asyncio.wait_for(arrived, 30)
        assert client.messages == []
        client.engine.read_on()
        await client.engine.send("on")
        await client.ended
        await client.engine.close()
    assert client.messages == ["one", "two"]


async def test_slow_reader_can_be_closed() -> None:
    """A connection that is held back, with little room on the way, is closed as any other."""

    async def script(socket: ServerConnection) -> None:
        await socket.send(OPEN)
        await socket.wait_closed()

    async with peer(script) as url:
        client = Client()
        await client.engine.open(address(url, "/", {}), {}, 10.0, slow=True)
        client.engine.hold()
        await client.engine.close()
        assert client.ended.done()
