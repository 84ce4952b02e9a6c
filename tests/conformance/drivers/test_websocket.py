"""The client of a bare WebSocket, against peers of a few lines."""

import asyncio
import json
from collections.abc import Sequence

import pytest
from peers import peer, silent
from websockets.asyncio.server import ServerConnection, basic_auth, serve

from palaver_conformance.drivers.socketio import Listener
from palaver_conformance.drivers.websocket import WebSocketConnection, address
from palaver_conformance.errors import Failure, HarnessError, Unreachable
from palaver_conformance.evidence.trace import Trace


class Client:
    """A connection that keeps what arrives."""

    def __init__(self, tag: str = "/type") -> None:
        self.events: list[tuple[str, list[object]]] = []
        self.violations: list[str] = []
        self.reasons: list[str] = []
        self.trace = Trace()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        listener = Listener(self._hear, self.violations.append, self._end)
        self.socket = WebSocketConnection(tag, self.trace.wire("c"), listener)

    def _hear(self, name: str, arguments: Sequence[object]) -> None:
        self.events.append((name, list(arguments)))

    def _end(self, reason: str) -> None:
        self.reasons.append(reason)
        self.ended.set_result(None)

    async def open(self, url: str, patience: float = 2.0) -> None:
        """Connect with a token in the query and another in the headers."""
        query, headers = {"token": "t&t"}, {"Authorization": "Bearer h"}
        await self.socket.open(url, "/ws", auth=None, query=query, headers=headers, patience=patience)


@pytest.mark.parametrize(
    ("url", "query", "target"),
    [
        ("http://h:1", {"token": "a b"}, "ws://h:1/ws?token=a+b"),
        ("https://h/chat/", {}, "wss://h/chat/ws"),
        ("ws://h", {}, "ws://h/ws"),
    ],
)
def test_address(url: str, query: dict[str, str], target: str) -> None:
    """The address has the scheme of WebSocket, the path below that of the server, and the query."""
    assert address(url, "/ws", query) == target


async def test_frames_go_both_ways() -> None:
    """The payload is the frame, the listener is told a frame's name and all of it, and why it ends."""
    asked: list[object] = []

    async def script(socket: ServerConnection) -> None:
        assert socket.request is not None
        asked.extend([socket.request.path, socket.request.headers["Authorization"], await socket.recv()])
        await socket.send('{"type":"told","payload":{"n":1}}')
        await socket.close(4401, "go away")

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        await client.socket.emit("say", {"type": "say", "payload": "é"})
        await client.ended
        await client.socket.close()
        await client.socket.emit("say", {"type": "late"})
    assert asked == ["/ws?token=t%26t", "Bearer h", '{"type":"say","payload":"é"}']
    assert client.events == [("told", [{"type": "told", "payload": {"n": 1}}])]
    assert client.violations == []
    assert "4401" in client.reasons[0]
    assert [each.direction for each in client.trace.entries] == ["->", "<-", "--", "->"]


async def test_name_is_where_the_document_says() -> None:
    """The tag may be deeper in the frame."""

    async def script(socket: ServerConnection) -> None:
        await socket.send(json.dumps({"head": {"kind": "told"}}))

    async with peer(script) as url:
        client = Client("/head/kind")
        await client.open(url)
        await client.ended
    assert client.events == [("told", [{"head": {"kind": "told"}}])]


async def test_what_a_server_may_not_send_is_told() -> None:
    """Frames that are binary, no JSON, no objects or without a name are violations, and the next one is heard."""
    frames = (b'{"type":"x"}', "{", "[]", "null", "{}", '{"type":7}')

    async def script(socket: ServerConnection) -> None:
        for frame in (*frames, '{"type":"end"}'):
            await socket.send(frame)

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        await client.ended
    assert len(client.violations) == len(frames)
    assert [name for name, _ in client.events] == ["end"]


async def test_anything_can_be_sent() -> None:
    """Frames leave as they are, well-formed or not."""
    received: list[str | bytes] = []

    async def script(socket: ServerConnection) -> None:
        received.extend([await socket.recv() for _ in range(3)])

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        await client.socket.send_frame("{")
        await client.socket.send_frame(b"\xff")
        await client.socket.send_message("")
        await client.ended
    assert received == ["{", b"\xff", ""]


async def test_nothing_is_acknowledged() -> None:
    """To ask for an acknowledgement, or to offer an auth object, is a mistake of the harness."""
    client = Client()
    with pytest.raises(HarnessError, match="say"):
        await client.socket.request("say", {})
    with pytest.raises(HarnessError, match="auth"):
        await client.socket.open("http://127.0.0.1:1", "/", auth={}, query={}, headers={}, patience=1)


async def test_server_that_is_not_there_or_refuses() -> None:
    """Nobody there and no answer is Unreachable; an answer that is no WebSocket is the server's failure."""
    with pytest.raises(Unreachable):
        await Client().open("http://127.0.0.1:1")
    async with silent() as url:
        with pytest.raises(Unreachable, match=r"0\.1 s"):
            await Client().open(url, 0.1)

    async def script(socket: ServerConnection) -> None:
        await socket.wait_closed()

    guarded = basic_auth(credentials=("somebody", "else"))
    async with serve(script, "127.0.0.1", 0, process_request=guarded) as server:
        url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        with pytest.raises(Failure, match="WebSocket") as caught:
            await Client().open(url)
    assert "401" in caught.value.arrived[0]


async def test_frame_in_pieces_arrives_whole() -> None:
    """It comes in so many fragments and the empty one that ends it, and is one frame."""
    fragments: asyncio.Future[list[str | bytes]] = asyncio.get_running_loop().create_future()

    async def script(socket: ServerConnection) -> None:
        fragments.set_result([each async for each in socket.recv_streaming()])

    async with peer(script) as url:
        client = Client()
        await client.open(url)
        await client.socket.emit_in_pieces("say", {"type": "say"}, 2)
        assert await asyncio.wait_for(fragments, 30) == ['{"type":"say"}', " ", ""]
        await client.socket.close()


async def test_what_is_held_back_is_read_later() -> None:
    """Nothing that arrives is handed on, however long it is there, until the client reads on or closes."""
    arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def script(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send('{"type":"told"}')
        # The answer comes when the client has got everything before it.
        await (await socket.ping())
        arrived.set_result(None)
        await socket.wait_closed()

    async with peer(script) as url:
        client = Client()
        await client.socket.open(url, "/ws", auth=None, query={}, headers={}, patience=10.0, slow=True)
        client.socket.hold()
        await client.socket.emit("say", {"type": "say"})
        await asyncio.wait_for(arrived, 30)
        assert client.events == []
        client.socket.read_on()
        await client.socket.close()
    assert client.events == [("told", [{"type": "told"}])]
