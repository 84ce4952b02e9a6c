"""The part of an ASGI application in a websocket, over real sockets."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import websockets
from doubles.dialect import PATIENCE
from doubles.listening import Client, become, frame
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from uvicorn.protocols.utils import ClientDisconnected
from websockets.http11 import Response

from palaver_runtime.transports import CHANNEL_EXTENSION
from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.listener import bind, serving


@contextlib.asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application; give the address of its websockets."""
    [listener] = bind([(app, "127.0.0.1", 0)])
    async with serving([listener]):
        yield f"ws://127.0.0.1:{listener.port}"


def opening(act: Callable[[Scope, Receive, Send], Awaitable[None]]) -> ASGIApp:
    """Return an application that accepts a websocket and then does something."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        await act(scope, receive, send)

    return app


async def test_starlette_works_unchanged() -> None:
    """Texts, bytes, subprotocols, headers, and what a client says at its end."""
    ends: list[tuple[int, str]] = []

    async def echo(websocket: WebSocket) -> None:
        assert websocket.scope["subprotocols"] == ["chat", "superchat"]
        assert (websocket.path_params["name"], websocket.query_params["q"]) == ("ä b", "1")
        assert websocket.headers["x-seen"] == "yes"
        await websocket.accept("superchat", [(b"x-told", b"you")])
        while (message := await websocket.receive())["type"] == "websocket.receive":
            if message.get("text") is not None:
                await websocket.send_text(message["text"])
            else:
                await websocket.send_bytes(message["bytes"])
        ends.append((message["code"], message["reason"]))

    async with (
        listening(Starlette(routes=[WebSocketRoute("/rooms/{name}", echo)])) as url,
        websockets.connect(
            f"{url}/rooms/%C3%A4%20b?q=1",
            subprotocols=["chat", "superchat"],  # type: ignore[list-item]
            additional_headers={"X-Seen": "yes"},
        ) as client,
    ):
        assert (client.subprotocol, client.response.headers["x-told"]) == ("superchat", "you")  # type: ignore[union-attr]
        for said in ("", "ä😀", b"", b"\xff\0", "x" * 70_000):
            await client.send(said)
            assert await client.recv() == said
        await client.close(4321, "enough")
        await become(lambda: ends)
    assert ends == [(4321, "enough")]


async def test_application_closes() -> None:
    """With the code and the reason that it gives; it is told of the end, and may say nothing more."""
    told: list[object] = []

    async def close(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.send", "text": "last"})
        await send({"type": "websocket.close", "code": 4001, "reason": "enough"})
        told.append(await receive())
        told.append(await receive())
        with pytest.raises(RuntimeError, match=r"'websocket\.send' may not be sent now"):
            await send({"type": "websocket.send", "text": "late"})
        told.append("end")

    async with listening(opening(close)) as url, websockets.connect(url) as client:
        assert await client.recv() == "last"
        with pytest.raises(websockets.ConnectionClosed):
            await client.recv()
        assert (client.close_code, client.close_reason) == (4001, "enough")
        await become(lambda: "end" in told)
    assert told[:2] == [{"type": "websocket.disconnect", "code": 4001, "reason": "enough"}] * 2


async def test_application_that_is_told_of_a_lost_connection() -> None:
    """Without a close frame the code is 1006, and sending raises what the server of others raises."""
    told: list[object] = []

    async def lose(scope: Scope, receive: Receive, send: Send) -> None:
        told.append(await receive())
        with pytest.raises(ClientDisconnected):
            await send({"type": "websocket.send", "text": "late"})
        told.append("end")

    async with listening(opening(lose)) as url, websockets.connect(url) as client:
        client.transport.abort()
        await become(lambda: "end" in told)
    assert told[0] == {"type": "websocket.disconnect", "code": 1006, "reason": ""}


async def refused(url: str) -> Response:
    """Connect, and return the answer of a server that refuses it."""
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with websockets.connect(url):
            pass
    return caught.value.response


async def test_refusals() -> None:
    """A close before the accept is 403; a response is what the application says; a failure is 500, with an error."""

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if scope["path"] == "/close":
            await send({"type": "websocket.close"})
            assert (await receive())["type"] == "websocket.disconnect"
        elif scope["path"] == "/say":
            await send({"type": "websocket.http.response.start", "status": 402, "headers": [(b"X-Why", b"money")]})
            await send({"type": "websocket.http.response.body", "body": b"pay ", "more_body": True})
            await send({"type": "websocket.http.response.body", "body": b"first"})
        elif scope["path"] == "/begin":
            await send({"type": "websocket.http.response.start", "status": 402})

    async with listening(refuse) as url:
        assert (await refused(f"{url}/close")).status_code == 403
        said = await refused(f"{url}/say")
        assert (said.status_code, said.headers["x-why"], said.body) == (402, "money", b"pay first")
        assert (await refused(f"{url}/begin")).status_code == 500
        assert (await refused(f"{url}/nothing")).status_code == 500


async def test_denial_response_of_starlette() -> None:
    """Starlette's own way of it works."""

    async def deny(websocket: WebSocket) -> None:
        await websocket.send_denial_response(PlainTextResponse("not you", 401))

    async with listening(Starlette(routes=[WebSocketRoute("/", deny)])) as url:
        said = await refused(f"{url}/")
    assert (said.status_code, said.body) == (401, b"not you")


async def test_failures(caplog: pytest.LogCaptureFixture) -> None:
    """One before the accept is 500, one after it 1011; clients hear no more of it, and the log does."""

    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/open":
            await send({"type": "websocket.accept"})
        raise RuntimeError("on purpose")

    async with listening(fail) as url:
        said = await refused(f"{url}/")
        assert (said.status_code, said.body) == (500, b"Internal Server Error")
        async with websockets.connect(f"{url}/open") as client:
            await client.wait_closed()
            assert (client.close_code, client.close_reason) == (1011, "")
    errors = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert [str(each.exc_info[1]) for each in errors if each.exc_info] == ["on purpose"] * 2


async def test_application_that_returns_has_closed() -> None:
    """The websocket does not stay open without anybody behind it."""

    async def leave(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    async with listening(opening(leave)) as url, websockets.connect(url) as client:
        await client.wait_closed()
        assert client.close_code == 1000


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Upgrade: websocket\r\nConnection: Upgrade\r\n", b"400"),
        (b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n", b"400"),
    ],
)
async def test_what_is_no_handshake_reaches_no_application(head: bytes, status: bytes) -> None:
    """It is answered with what would do."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("asked")

    async with listening(app) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        client = Client(reader, writer)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n")
        answer = await client.ended()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"\r\nsec-websocket-version: 13\r\n" in answer


async def test_client_is_held_back_until_it_is_received() -> None:
    """An application that receives nothing has one message waiting, and no more."""
    go = asyncio.Event()
    counts: list[int] = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await go.wait()
        conversation: Any = receive.__self__  # type: ignore[attr-defined]
        for _ in range(20):
            message = await receive()
            counts.append(len(conversation._inbox))
            await send({"type": "websocket.send", "text": message["text"]})

    async with listening(opening(slow)) as url, websockets.connect(url) as client:
        for number in range(20):
            await client.send(str(number))
        go.set()
        assert [await client.recv() for _ in range(20)] == [str(number) for number in range(20)]
    assert set(counts) == {0}


class Echo:
    """Answers what it receives."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.channel: Channel

    def attached(self, channel: Channel) -> None:
        """Keep the channel."""
        self.channel = channel

    def message(self, data: str | bytes) -> None:
        """Answer."""
        self.heard.append(data)
        self.channel.write(frame_of(data))

    def lost(self, code: int, reason: str) -> None:
        """Note the end."""
        self.heard.append((code, reason))


def frame_of(data: str | bytes) -> bytes:
    """Write a short text frame as a server does."""
    raw = data.encode() if isinstance(data, str) else data
    return bytes((0x81, len(raw))) + raw


async def test_another_takes_over() -> None:
    """Once it is accepted; the application returns, and its task is gone; what came before is not lost."""
    echo = Echo()
    returned = asyncio.Event()

    async def hand_over(scope: Scope, receive: Receive, send: Send) -> None:
        attach = scope["extensions"][CHANNEL_EXTENSION]["attach"]
        with pytest.raises(RuntimeError, match="nobody can attach now: the websocket is opening"):
            attach(echo)
        await receive()
        await send({"type": "websocket.accept"})
        await become(lambda: receive.__self__._inbox)  # type: ignore[attr-defined]
        attach(echo)
        with pytest.raises(RuntimeError, match="the websocket is attached"):
            await send({"type": "websocket.send", "text": "mine"})
        returned.set()

    async with listening(hand_over) as url, websockets.connect(url) as client, asyncio.timeout(PATIENCE):
        for said in ("first", "second"):
            await client.send(said)
        assert [await client.recv() for _ in range(2)] == ["first", "second"]
        await returned.wait()
        await client.send("third")
        assert await client.recv() == "third"
        assert "websocket" not in {task.get_name() for task in asyncio.all_tasks()}
        await client.close(4000, "bye")
        await become(lambda: len(echo.heard) == 4)
    assert echo.heard == ["first", "second", "third", (4000, "bye")]


async def test_taking_over_from_a_client_that_is_gone() -> None:
    """Whoever attaches is told at once."""
    echo = Echo()

    async def hand_over(scope: Scope, receive: Receive, send: Send) -> None:
        await become(lambda: receive.__self__._lost)  # type: ignore[attr-defined]
        scope["extensions"][CHANNEL_EXTENSION]["attach"](echo)

    async with listening(opening(hand_over)) as url, websockets.connect(url) as client:
        await client.close(4000, "bye")
        await become(lambda: echo.heard)
    assert echo.heard == [(4000, "bye")]


async def test_connection_can_be_dropped() -> None:
    """Before anybody has attached; no close frame is sent."""

    async def rude(scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"][CHANNEL_EXTENSION]["abort"]()
        assert (await receive())["type"] == "websocket.disconnect"

    async with listening(opening(rude)) as url, websockets.connect(url) as client:
        with pytest.raises(websockets.ConnectionClosedError) as caught:
            await client.recv()
        assert caught.value.rcvd is None


async def test_who_does_not_wait_for_the_answer_loses_nothing() -> None:
    """Frames behind the request are read once it is accepted."""
    heard: list[Message] = []
    asked, go = asyncio.Event(), asyncio.Event()

    async def patient(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        asked.set()
        await go.wait()
        await send({"type": "websocket.accept"})
        heard.append(await receive())

    async with listening(patient) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        client = Client(reader, writer)
        opened = asyncio.create_task(client.upgrade())
        await asyncio.wait_for(asked.wait(), PATIENCE)
        writer.write(frame(0x81, b"early"))
        go.set()
        assert (await opened).startswith(b"HTTP/1.1 101 ")
        await become(lambda: heard)
        writer.close()
    assert heard[0]["text"] == "early"
