"""The whole transport, with a real client."""

import asyncio
import contextlib
import logging

import httpx
import pytest
import websockets
from doubles.kept import uncollected
from doubles.listening import become
from starlette.responses import PlainTextResponse
from uvicorn.protocols.utils import ClientDisconnected

from palaver_runtime.transports import reasons
from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.conversation import Conversation
from palaver_runtime.transports.guards import GuardedHttp
from palaver_runtime.transports.heartbeat import Heartbeat
from palaver_runtime.transports.websocket import broadcast
from palaver_runtime.transports.websocket.client_socket import ClientSocket
from palaver_runtime.transports.websocket.session import Session


async def test_handshake_carries_every_token_place(serve_here):
    """The dialect sees the query and the headers by lower-case name, the first of a repeated parameter."""
    headers = [("Authorization", "Bearer h"), ("X-Seen", "1"), ("X-Seen", "2")]
    async with serve_here() as served, served.client("/ws?token=q&token=r&empty=", additional_headers=headers):
        await served.dialect.seen("connect")
    (handshake,) = served.dialect.handshakes
    assert (handshake.auth, handshake.query) == ({}, {"token": "q", "empty": ""})
    assert (handshake.headers["authorization"], handshake.headers["x-seen"]) == ("Bearer h", "1, 2")
    assert handshake.address == "127.0.0.1"


@pytest.mark.parametrize(
    ("allowed", "origin", "accepted"),
    [
        (["https://a.example"], "https://a.example", True),
        (["https://a.example"], "https://a.example.evil", False),
        (["https://a.example"], "http://a.example", False),
        (["https://a.example"], "null", False),
        (["https://a.example"], None, True),
        ([], "https://a.example", False),
        ([], None, True),
        (["*"], "https://b.example", True),
    ],
)
async def test_origins_are_compared_exactly(serve_here, allowed, origin, accepted):
    """A page of an origin that is not listed gets no websocket; no Origin header is fine."""
    async with serve_here(allowed_origins=allowed) as served:
        if accepted:
            async with served.client(origin=origin) as client:
                await client.send({"type": "repeat"})
                assert await client.next() == {"type": "repeat"}
        else:
            with pytest.raises(websockets.InvalidStatus, match="403"):
                async with served.client(origin=origin):
                    pass
            assert served.dialect.calls == []


async def test_other_paths_are_the_fallbacks(serve_here):
    """Requests elsewhere, and plain ones here, go to the fallback; a websocket elsewhere is refused."""

    async def fallback(scope, receive, send):
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await PlainTextResponse(scope["path"])(scope, receive, send)

    async with serve_here(fallback=fallback) as served, httpx.AsyncClient() as client:
        for path in ("/", "/ws", "/ws/", "/rooms"):
            assert (await client.get(f"http://127.0.0.1:{served.port}{path}")).text == path
        for path in ("/ws/", "/other"):
            with pytest.raises(websockets.InvalidStatus, match="403"):
                async with served.client(path):
                    pass


async def test_without_a_fallback_there_is_nothing_else(serve_here):
    """A transport alone answers 404."""
    async with serve_here() as served, httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{served.port}/rooms")).status_code == 404


async def test_broadcast(serve):
    """One frame reaches many clients."""
    async with serve() as served, served.client() as one, served.client() as two:
        for client in (one, two):
            await client.send({"type": "repeat"})
            await client.next()
        broadcast(served.dialect.connections, "news", {"type": "news", "ä": 1})
        assert [await client.next() for client in (one, two)] == [{"type": "news", "ä": 1}] * 2


async def test_broadcast_keeps_its_place(serve):
    """What is for many is among what is for one alone, and before the end."""
    async with serve() as served, served.client() as one:
        await one.send({"type": "repeat"})
        await one.next()
        connection = served.dialect.connections[0]
        for kind in ("a", "b"):
            broadcast([connection], kind, {"type": kind, "for": "many"})
            connection.emit(kind, {"type": kind})
        broadcast([connection], "c", {"type": "c"})
        connection.close("done")
        assert await one.rest() == [
            {"type": "a", "for": "many"},
            {"type": "a"},
            {"type": "b", "for": "many"},
            {"type": "b"},
            {"type": "c"},
        ]


async def test_close_of_the_server(serve):
    """close() tells every client to come again, tells the dialect, and refuses new connections."""
    async with serve() as served, served.client() as one, served.client() as two:
        for client in (one, two):
            await client.send({"type": "repeat"})
            await client.next()
        served.dialect.connections[0].emit("last", {"type": "last"})
        await served.transport.close(5)
        assert await one.rest() == [{"type": "last"}]
        assert await two.rest() == []
        assert one.farewell == two.farewell == (1012, "server shutdown")
        assert served.dialect.calls.count(("disconnect", "server shutdown")) == 2
        with pytest.raises(websockets.InvalidStatus, match="503"):
            async with served.client():
                pass
        await served.emptied()


async def test_what_is_being_handled_is_answered_before_the_close(serve, recording):
    """A close waits for the handler that runs, and what it sends is sent; what waits behind it is not handled."""
    dialect = recording(gates={"repeat": asyncio.Event()})
    async with serve(dialect) as served, served.client() as client:
        await client.send({"type": "repeat"}, {"type": "next"})
        await dialect.seen("receive", "repeat")
        closing = asyncio.create_task(served.transport.close(5))
        await asyncio.sleep(0)
        dialect.gates["repeat"].set()
        assert await client.rest() == [{"type": "repeat"}]
        assert client.farewell == (1012, "server shutdown")
        await closing
        assert ("receive", "next") not in dialect.calls
        await served.emptied()


async def test_close_is_bounded(serve, recording):
    """A handler that does not end is cancelled at the deadline, and its connection is still taken down."""
    dialect = recording(gates={"stuck": asyncio.Event()})
    async with serve(dialect) as served, served.client() as client:
        await client.send({"type": "stuck"})
        await dialect.seen("receive", "stuck")
        async with asyncio.timeout(30):
            await served.transport.close(0.05)
        assert dialect.calls[-1] == ("disconnect", "server shutdown")
        await served.emptied()


async def test_client_that_leaves_before_it_is_accepted(serve, caplog):
    """Who is gone by the time of the answer leaves nothing behind, and no error."""

    def late(app):
        async def run(scope, receive, send):
            async def wait(message):
                if message["type"] == "websocket.accept":
                    raise ClientDisconnected
                await send(message)

            await app(scope, receive, wait)

        return run

    async with serve(around=late) as served:
        with contextlib.suppress(websockets.InvalidHandshake):
            async with served.client():
                pass
        await served.emptied()
        assert served.dialect.calls == []
    assert "Exception in ASGI application" not in caplog.text


async def test_shutdown_amid_an_accept(serve):
    """A client that is just being accepted when the server closes is told so, and the dialect never hears of it."""
    reached, go = asyncio.Event(), asyncio.Event()

    def slow(app):
        async def run(scope, receive, send):
            async def wait(message):
                if message["type"] == "websocket.accept":
                    reached.set()
                    await go.wait()
                await send(message)

            await app(scope, receive, wait)

        return run

    async with serve(around=slow) as served:
        opening = asyncio.create_task(served.client().__aenter__())
        await asyncio.wait_for(reached.wait(), 30)
        closing = asyncio.create_task(served.transport.close(5))
        await asyncio.sleep(0)
        go.set()
        client = await opening
        assert await client.rest() == []
        assert client.farewell == (1012, "server shutdown")
        await closing
        assert served.dialect.calls == []


async def test_many_connections_leak_nothing(serve):
    """After many clients left in different ways no connection, task or timer is left."""
    async with serve() as served:
        before = len(asyncio.all_tasks())
        for round_ in range(5):
            async with contextlib.AsyncExitStack() as stack:
                clients = [await stack.enter_async_context(served.client()) for _ in range(20)]
                for index, client in enumerate(clients):
                    kind = (index + round_) % 3
                    if kind == 0:
                        client.websocket.transport.abort()
                    elif kind == 1:
                        await client.send({"type": "kick"})
            await served.emptied()
        calls = served.dialect.calls
        assert calls.count(("connect",)) == len([call for call in calls if call[0] == "disconnect"])
        async with asyncio.timeout(30):
            while len(asyncio.all_tasks()) > before:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_nothing_secret_is_logged(serve_here, recording, caplog):
    """Neither a token nor a frame reaches the log, at any level of ours."""
    caplog.set_level(logging.DEBUG, "palaver_runtime")
    async with serve_here(recording(failures={"SECRET"})) as served, served.client("/ws?token=SECRET") as client:
        await client.send({"type": "SECRET", "payload": "SECRET"}, "SECRET", {"type": "repeat"})
        await client.next()
        await client.next()
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("palaver", "uvicorn"))]
    assert ours
    assert not [message for message in ours if "SECRET" in message]


@pytest.mark.parametrize("sent_away", [False, True], ids=["goes", "is sent away"])
async def test_what_has_ended_is_gone_at_once(serve_here, sent_away):
    """And not when the collector of garbage comes: floods would be kept until then, and everybody wait for it."""

    async def come_and_go():
        async with served.client() as client:
            await served.dialect.seen("connect")
            if sent_away:
                served.dialect.connections[-1].close(reasons.REFUSED)
                await client.rest()
        await served.emptied()
        served.dialect.connections.clear()
        served.dialect.calls.clear()

    async with serve_here() as served:
        await come_and_go()
        with uncollected(ClientSocket, Session, Heartbeat, Channel, Conversation, GuardedHttp) as kept:
            for _ in range(3):
                await come_and_go()
            await become(lambda: not any(kept().values()))
