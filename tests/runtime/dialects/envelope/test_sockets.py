"""The envelope's connections: greeting, refusals, and the farewell, over real sockets too."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import websockets
from doubles.documents import documents
from doubles.gateway import PATIENCE, handshake, token

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site, envelope
from palaver_runtime.domain.limits import Rate
from palaver_runtime.domain.values import Caller
from palaver_runtime.transports.listener import Stop, bind, serving
from palaver_runtime.transports.socketio import SocketLimits
from palaver_runtime.transports.websocket import WebSocketLimits

from .conftest import Client


async def test_client_is_greeted(sockets) -> None:
    """`connected` is the first frame, and says for whom the server takes the client."""
    client = Client("c1", sockets)
    assert await sockets.connect(client.connection, handshake(None, {"token": token("alice")}))
    ((type_, payload),) = client.frames
    assert (type_, payload["userId"]) == ("connected", "alice")


@pytest.mark.parametrize("query", [{}, {"token": "made.up.token"}])
async def test_refused_connection_is_told_why(sockets, query: dict[str, str]) -> None:
    """Without a good token there is an `error` frame without a type, and the end with its code."""
    client = Client("c1", sockets)
    assert not await sockets.connect(client.connection, handshake(None, query))
    ((type_, payload),) = client.frames
    assert (type_, payload["code"], "originalType" in payload) == ("error", "UNAUTHORIZED", False)
    assert client.end == ("refused", "UNAUTHORIZED")


async def test_ended_connection_is_forgotten(sockets, connect, people, alice: Caller) -> None:
    """Nothing is kept of where it was."""
    client = await connect("alice", await people.group(alice))
    assert sockets._rooms._entries
    sockets.disconnect(client.connection, "gone")
    assert not sockets._rooms._entries


@pytest.mark.parametrize("frame", ["hello", "[]", "{}", '{"type":7,"payload":{}}'])
async def test_frame_without_a_type_is_refused(connect, alice: Caller, frame: str) -> None:
    """It is answered by an `error` frame that names no type, and the connection lives on."""
    client = await connect("alice")
    await client.send(frame)
    ((type_, payload),) = client.take()
    assert (type_, payload["code"], "originalType" in payload) == ("error", "VALIDATION_ERROR", False)
    assert client.end is None


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({"type": "leaveRoom"}, "/payload"),
        ({"type": "leaveRoom", "payload": []}, "/payload"),
        ({"type": "leaveRoom", "payload": {}}, "/payload/roomId"),
        ({"type": "leaveRoom", "payload": {"roomId": "x"}}, "/payload/roomId"),
        ({"type": "leaveRoom", "payload": {"roomId": "0" * 24, "more": 1}}, "/payload/more"),
        ({"type": "leaveRoom", "payload": {"roomId": "0" * 24}, "id": 1}, "/id"),
    ],
)
async def test_refused_fields_are_named(connect, alice: Caller, frame: dict[str, object], field: str) -> None:
    """By their place in the whole frame."""
    client = await connect("alice")
    await client.send(json.dumps(frame), "leaveRoom")
    ((_, payload),) = client.take()
    assert (payload["code"], payload["originalType"]) == ("VALIDATION_ERROR", "leaveRoom")
    assert field in [each["field"] for each in payload["details"]["fields"]]


# Over real sockets.


@contextlib.asynccontextmanager
async def _served(core: Core, **limits: float) -> AsyncIterator[str]:
    site = Site(
        allowed_origins=("https://a.example",),
        max_body_bytes=1_024,
        sockets=SocketLimits(),
        websockets=WebSocketLimits(**limits),
        shutdown_seconds=PATIENCE,
    )
    surface = envelope.build(core, site)
    listeners = bind([(surface.app, "127.0.0.1", 0)])
    async with serving(listeners, Stop(drain=surface.close, deadline=PATIENCE)):
        yield f"127.0.0.1:{listeners[0].port}"


async def _until_closed(websocket: websockets.ClientConnection) -> tuple[list[dict[str, object]], int]:
    """Give the frames that come until the server closes, and its code."""
    frames = []
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                frames.append(json.loads(await websocket.recv()))
    assert websocket.close_code is not None
    return frames, websocket.close_code


async def test_session_of_the_document(core: Core, alice: Caller, bob: Caller) -> None:
    """A client connects, enters a direct room, sends, types and is answered; REST has it all."""
    async with _served(core) as host:
        url = f"ws://{host}/ws?token={token('alice')}"
        async with websockets.connect(url, origin="https://a.example") as client:
            assert json.loads(await client.recv())["type"] == "connected"
            await client.send('{"type":"joinRoom","payload":{"targetUserId":"bob"}}')
            room = json.loads(await client.recv())["payload"]["room"]["id"]
            await client.send(json.dumps({"type": "sendMessage", "payload": {"roomId": room, "content": "Hello!"}}))
            message = json.loads(await client.recv())["payload"]
            await client.send(json.dumps({"type": "typing", "payload": {"roomId": room, "isTyping": True}}))
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {token('bob')}"}) as rest:
            answer = await rest.get(f"http://{host}/api/v1/chat/rooms/{room}/messages")
        assert answer.json() == {"messages": [message], "count": 1, "unreadCount": 1, "hasMore": False}


async def test_bad_token_closes_with_4401(core: Core) -> None:
    """The upgrade is accepted, so that a browser can read why not."""
    async with _served(core) as host, websockets.connect(f"ws://{host}/ws?token=made.up.token") as client:
        (frame,), code = await _until_closed(client)
    assert (frame["payload"]["code"], code) == ("UNAUTHORIZED", 4401)


async def test_too_many_devices_close_with_4503(open_core) -> None:
    """The close code is 4000 and the status of the error."""
    async with open_core(max_connections=1) as core, _served(core) as host:
        url = f"ws://{host}/ws?token={token('alice')}"
        async with websockets.connect(url) as first:
            # Who is accepted is not admitted yet, and of two together either may be the first.
            await first.recv()
            async with websockets.connect(url) as second:
                (frame,), code = await _until_closed(second)
    assert (frame["payload"]["code"], code) == ("CONNECTION_ERROR", 4503)


async def test_ended_session_closes_with_4401(core: Core) -> None:
    """A token that expires ends the connection, which is told so."""
    async with _served(core) as host, websockets.connect(f"ws://{host}/ws?token={token('alice')}") as client:
        await client.recv()
        (member,) = core.hub._users["alice"]
        member.outlet.dismiss(member, "session ended")
        (frame,), code = await _until_closed(client)
    assert (frame["payload"]["code"], code) == ("UNAUTHORIZED", 4401)


async def test_shutdown_closes_with_1012(core: Core) -> None:
    """Clients are told to come again."""
    async with contextlib.AsyncExitStack() as stack:
        served = _served(core)
        host = await served.__aenter__()
        client = await stack.enter_async_context(websockets.connect(f"ws://{host}/ws?token={token('alice')}"))
        await client.recv()
        await served.__aexit__(None, None, None)
        assert await _until_closed(client) == ([], 1012)


async def test_frames_that_are_refused_as_such(core: Core) -> None:
    """A frame that is too large, binary or no JSON is answered by an `error` frame, and the next one is handled."""
    async with _served(core) as host, websockets.connect(f"ws://{host}/ws?token={token('alice')}") as client:
        await client.recv()
        large = {"type": "sendMessage", "payload": {"content": "x" * 70_000}}
        for frame, code, original in (
            (json.dumps(large), "PAYLOAD_TOO_LARGE", "sendMessage"),
            (b"\x00\xff", "VALIDATION_ERROR", None),
            ("{", "VALIDATION_ERROR", None),
            ('{"type":"joinRoom","payload":{}}', "VALIDATION_ERROR", "joinRoom"),
        ):
            await client.send(frame)
            error = json.loads(await client.recv())["payload"]
            assert (error["code"], error.get("originalType")) == (code, original)


async def test_requests_of_all_kinds_are_counted(open_core) -> None:
    """Also what is no frame at all counts for the rate."""
    async with (
        open_core(limit_requests=Rate(2, 60)) as core,
        _served(core) as host,
        websockets.connect(f"ws://{host}/ws?token={token('alice')}") as client,
    ):
        await client.recv()
        codes = []
        for frame in ("{", "{}", "{"):
            await client.send(frame)
            codes.append(json.loads(await client.recv())["payload"]["code"])
    assert codes == ["VALIDATION_ERROR", "VALIDATION_ERROR", "RATE_LIMITED"]


async def test_foreign_page_gets_no_websocket(core: Core) -> None:
    """A page of another origin is refused before anything."""
    async with _served(core) as host:
        with pytest.raises(websockets.InvalidStatus, match="403"):
            async with websockets.connect(f"ws://{host}/ws?token={token('alice')}", origin="https://b.example"):
                pass


def test_transport_is_as_the_document_says() -> None:
    """The path, the tag, the heartbeat and the size of a frame are those of the document."""
    ((channel),) = documents("envelope")["asyncapi"]["channels"].values()
    limits = WebSocketLimits()
    assert channel["x-websocket"] == {
        "path": "/ws",
        "tag": "/type",
        "pingIntervalMs": limits.ping_interval * 1_000,
        "pingTimeoutMs": limits.ping_timeout * 1_000,
        "maxEventBytes": limits.max_frame_bytes,
    }
