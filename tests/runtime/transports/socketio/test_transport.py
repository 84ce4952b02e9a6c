"""The whole transport, with real clients."""

import asyncio
import contextlib

import pytest
import socketio
from doubles.dialect import PATIENCE
from doubles.kept import uncollected
from doubles.listening import become
from doubles.python_client import hang_up
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from palaver_runtime.transports import reasons
from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.conversation import Conversation
from palaver_runtime.transports.guards import GuardedHttp
from palaver_runtime.transports.heartbeat import Heartbeat
from palaver_runtime.transports.socketio import broadcast
from palaver_runtime.transports.socketio.engine_socket import EngineSocket
from palaver_runtime.transports.socketio.session import Session


async def test_refused_connect_over_websocket(serve, recording):
    """A refused client reads CONNECT, the event that says why and DISCONNECT before the close."""
    dialect = recording(refuse=True)
    async with serve(dialect) as served, served.raw() as client:
        assert (await client.connect()).startswith('40{"sid":')
        assert await client.rest() == ['42["error",{"code":"UNAUTHORIZED"}]', "41"]
        await served.emptied()
    assert dialect.calls == [("connect",)]


async def test_refused_connect_over_polling(serve, recording):
    """The same holds for a client that polls, also when it polls only after the refusal."""
    async with serve(recording(refuse=True)) as served, served.polling() as client:
        assert (await client.post("40")).status_code == 200
        frames = await client.frames("1")
        assert frames[0].startswith('40{"sid":')
        assert frames[1:] == ['42["error",{"code":"UNAUTHORIZED"}]', "41", "1"]
        await served.emptied()
        assert (await client.get()).status_code == 400


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
async def test_refused_connect_with_the_socketio_client(serve, recording, transports):
    """python-socketio's client sees connect, the error event and disconnect, on every transport."""
    seen: list[object] = []
    over = asyncio.Event()
    async with serve(recording(refuse=True)) as served, _client() as client:
        client.on("connect", lambda: seen.append("connect"))
        client.on("error", seen.append)
        client.on("disconnect", lambda reason: (seen.append("disconnect"), over.set()))
        with contextlib.suppress(socketio.exceptions.ConnectionError):
            await client.connect(served.url, transports=transports)
        await asyncio.wait_for(over.wait(), 30)
        await served.emptied()
    assert seen == ["connect", {"code": "UNAUTHORIZED"}, "disconnect"]


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
async def test_socketio_client_talks(serve, transports):
    """python-socketio's client connects, calls and is called on every transport."""
    async with serve() as served, _client() as client:
        got: asyncio.Queue[object] = asyncio.Queue()
        client.on("news", got.put)
        await client.connect(served.url, transports=transports, auth={"token": "t"})
        assert await client.call("echo", {"ü": "😀"}) == {"event": "echo", "arguments": [{"ü": "😀"}]}
        broadcast(served.dialect.connections, "news", {"ä": 1})
        assert await asyncio.wait_for(got.get(), 30) == {"ä": 1}
        assert client.get_sid() == served.dialect.connections[0].id
        await client.disconnect()
        await served.emptied()
        assert served.dialect.calls[-1][0] == "disconnect"
    assert served.dialect.handshakes[0].auth == {"token": "t"}


async def test_broadcast_comes_before_the_end(serve):
    """What was for many reaches whoever is cut off in the same turn."""
    async with serve() as served, served.raw() as raw:
        await raw.connect()
        await served.dialect.seen("connect")
        connection = served.dialect.connections[0]
        broadcast([connection], "news", {"n": 1})
        connection._carrier.finish(reasons.MALFORMED)
        assert await raw.rest() == ['42["news",{"n":1}]']


async def test_close_of_the_server(serve):
    """close() closes every client without DISCONNECT, tells the dialect, and refuses new sessions."""
    async with serve() as served, served.raw() as raw, served.polling() as poller:
        await raw.connect()
        await poller.post("40")
        await poller.frames("40")
        waiting = asyncio.create_task(poller.get())
        await served.transport.close(5)
        assert await raw.rest() == []
        assert (await waiting).text == "1"
        assert served.dialect.calls.count(("disconnect", "server shutdown")) == 2
        refused = await poller.client.get("/socket.io/?EIO=4&transport=polling")
        assert refused.status_code == 503
        await served.emptied()


@pytest.mark.parametrize("way", ["websocket", "polling"])
async def test_what_is_being_handled_is_answered_before_the_close(serve, recording, way):
    """A close waits for the handler that runs, and its acknowledgement is sent; what waits behind it is not handled."""
    dialect = recording(gates={"slow": asyncio.Event()})
    async with serve(dialect) as served, served.raw() as raw, served.polling() as poller:
        frames = ('421["slow"]', '422["next"]')
        if way == "websocket":
            await poller.post("1")
            await raw.connect()
            await raw.send(*frames)
        else:
            await poller.post("40")
            await poller.frames("40")
            await poller.post(*frames)
        await dialect.seen("receive", "slow")
        closing = asyncio.create_task(served.transport.close(PATIENCE))
        await asyncio.sleep(0)
        dialect.gates["slow"].set()
        if way == "websocket":
            assert await raw.rest() == ['431[{"event":"slow","arguments":[]}]']
        else:
            assert (await poller.frames("1"))[0] == '431[{"event":"slow","arguments":[]}]'
        await closing
        assert ("receive", "next") not in dialect.calls
        await served.emptied()


async def test_close_is_bounded(serve, recording):
    """A handler that does not end is cancelled at the deadline, and its connection is still taken down."""
    dialect = recording(gates={"stuck": asyncio.Event()})
    async with serve(dialect) as served, served.raw() as raw:
        await raw.connect()
        await raw.send('42["stuck"]')
        await dialect.seen("receive", "stuck")
        async with asyncio.timeout(30):
            await served.transport.close(0.05)
        assert dialect.calls[-1] == ("disconnect", "server shutdown")
        await served.emptied()


async def test_many_connections_leak_nothing(serve):
    """After many clients left in different ways no session, task or timer is left."""
    async with serve() as served:
        before = len(asyncio.all_tasks())
        for round_ in range(5):
            async with contextlib.AsyncExitStack() as stack:
                clients = [await stack.enter_async_context(served.raw()) for _ in range(20)]
                for client in clients:
                    await client.connect()
                for index, client in enumerate(clients):
                    await client.send(["41", "1", "x", '42["kick"]'][(index + round_) % 4])
            await served.emptied()
        calls = served.dialect.calls
        assert calls.count(("connect",)) == 100
        assert len([call for call in calls if call[0] == "disconnect"]) == 100
        async with asyncio.timeout(30):
            while len(asyncio.all_tasks()) > before:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def _client():
    client = socketio.AsyncClient(reconnection=False)
    try:
        yield client
    finally:
        await hang_up(client)


async def test_connections_share_their_timers(serve_here):
    """Each would have one of the loop otherwise, with a ping of its own."""
    async with serve_here() as served, served.raw(), served.raw():
        sockets = served.transport._engine.sessions._live
        assert len(sockets) == 2
        assert len({id(each._handshakes) for each in sockets}) == 1
        assert len({id(each._heartbeat._pulse) for each in sockets}) == 1


@pytest.mark.parametrize("way", ["joins", "says nothing", "polls", "polls and says nothing", "is sent away"])
async def test_what_has_ended_is_gone_at_once(serve_here, way):
    """And not when the collector of garbage comes: floods would be kept until then, and everybody wait for it."""
    kinds = (EngineSocket, Session, Heartbeat, Channel, Conversation, GuardedHttp, RequestResponseCycle)

    async def come_and_go():
        async with served.polling() if "polls" in way else served.raw() as client:
            if way in ("joins", "is sent away"):
                await client.connect()
            if way == "is sent away":
                await served.dialect.seen("connect")
                served.dialect.connections[-1].close(reasons.REFUSED)
                await client.rest()
            if way == "polls":
                await client.post("40")
                await client.frames("40")
            if "polls" in way:
                await client.post("1")
        await served.emptied()
        served.dialect.connections.clear()

    async with serve_here() as served:
        await come_and_go()
        with uncollected(*kinds) as kept:
            for _ in range(3):
                await come_and_go()
            await become(lambda: not any(kept().values()))


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_who_has_gone_before_the_answer_is_no_error(serve_here, kind):
    """Nothing is raised, which the log would have for each, and nothing is said to nobody."""

    async def receive():
        return {"type": f"{kind}.disconnect"}

    async def send(message):
        raise AssertionError(message)

    scope = {"type": kind, "method": "GET", "path": "/socket.io/", "headers": [], "client": ("192.0.2.1", 1)}
    async with serve_here() as served:
        await served.transport.app({**scope, "query_string": b"EIO=4&transport=polling"}, receive, send)
