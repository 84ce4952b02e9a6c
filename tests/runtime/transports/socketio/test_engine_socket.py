"""Frames, heartbeat and the end of a session, over real sockets."""

import asyncio
import contextlib

import pytest
import websockets
from doubles.dialect import PATIENCE
from engineio.exceptions import EngineIOError

from palaver_runtime.transports.socketio.engine_socket import EngineSocket


def upgraded_by(serve):
    """How to serve a client that polls and has opened a websocket; yields served, poller, websocket."""

    @contextlib.asynccontextmanager
    async def start(*arguments, **limits):
        async with serve(*arguments, **limits) as served, served.polling() as poller:
            await poller.post("40")
            assert (await poller.frames("40"))[0].startswith("40{")
            async with served.raw(f"&sid={poller.sid}", read_open=False) as websocket:
                yield served, poller, websocket
            await served.dialect.seen("connect")

    return start


@pytest.fixture
def upgrading(serve):
    """How to do so, on our own server and on any other."""
    return upgraded_by(serve)


async def probe(websocket):
    """Send a probe and read the answer."""
    await websocket.send("2probe")
    assert await websocket.next() == "3probe"


async def upgraded(served):
    """Wait until the server has taken note of the upgrade."""
    (socket,) = served.transport._engine.sessions._live
    async with asyncio.timeout(30):
        while not socket.upgraded:  # noqa: ASYNC110 - nothing signals it
            await asyncio.sleep(0)


async def waiting_poll(served, poller):
    """Return a poll that the server has begun to hold."""
    poll = asyncio.create_task(poller.get())
    (socket,) = served.transport._engine.sessions._live
    async with asyncio.timeout(30):
        while not socket._polling:  # noqa: ASYNC110 - nothing signals it
            await asyncio.sleep(0)
    return poll


async def left_poll(served):
    """Wait until the server has noticed that a poll is gone."""
    (socket,) = served.transport._engine.sessions._live
    async with asyncio.timeout(30):
        while socket._polling:  # noqa: ASYNC110 - nothing signals it
            await asyncio.sleep(0)


async def test_upgrade_loses_and_reorders_nothing(upgrading):
    """What is emitted at any moment of an upgrade arrives once and in order: by polling until the probe is answered."""
    async with upgrading() as (served, poller, websocket):
        (connection,) = served.dialect.connections
        poll = await waiting_poll(served, poller)
        connection.emit("before the probe", {})
        assert (await poll).text == '42["before the probe",{}]'
        poll = await waiting_poll(served, poller)
        await probe(websocket)
        assert (await poll).text == "6"
        connection.emit("after its answer", {})
        assert (await poller.get()).text == "6"
        connection.emit("after the last poll", {})
        await websocket.send("5")
        await upgraded(served)
        connection.emit("after the upgrade", {})
        events = [await websocket.next() for _ in range(3)]
        assert events == [f'42["after {moment}",{{}}]' for moment in ("its answer", "the last poll", "the upgrade")]
        assert (await poller.get()).status_code == 400
        await websocket.send("41", "1")
        assert await websocket.rest() == []


async def test_upgrade_that_does_not_wait_for_the_poll(upgrading):
    """A client that commits amid a poll gets nothing by that poll, and all of it over the websocket."""
    async with upgrading() as (served, poller, websocket):
        poll = await waiting_poll(served, poller)
        await websocket.send("2probe", "5")
        await upgraded(served)
        served.dialect.connections[0].emit("news", {})
        assert (await poll).text == "6"
        assert [await websocket.next(), await websocket.next()] == ["3probe", '42["news",{}]']


async def test_failed_upgrade_goes_on_polling(upgrading):
    """A websocket that closes amid the upgrade leaves the polling session as it was, and loses no event."""
    async with upgrading(drain_timeout=0.05) as (served, poller, websocket):
        await probe(websocket)
        (connection,) = served.dialect.connections
        connection.emit("one", {})
        assert (await poller.get()).text == "6"
        await websocket.websocket.close()
        connection.emit("two", {})
        await poller.post('421["x"]')
        frames = await poller.frames("431[")
        expected = ['42["one",{}]', '42["two",{}]', '431[{"event":"x","arguments":[]}]']
        assert [frame for frame in frames if frame != "6"] == expected


async def test_second_probe_at_once_is_refused(upgrading):
    """While one websocket is about to take over, another cannot."""
    async with upgrading(drain_timeout=0.05) as (served, poller, websocket):
        with pytest.raises(websockets.InvalidStatus, match="403"):
            async with served.raw(f"&sid={poller.sid}", read_open=False):
                pass
        await probe(websocket)


def closing(connection):
    """Emit two events and close; return the frames of that."""
    connection.emit("one", {})
    connection.emit("two", {})
    connection.close("kicked")
    connection.emit("late", {})
    return ['42["one",{}]', '42["two",{}]', "41"]


@pytest.mark.parametrize("moment", ["before the probe", "after its answer", "after the last poll", "after the upgrade"])
async def test_close_amid_an_upgrade(upgrading, moment):
    """At whatever moment of an upgrade the server closes, the client reads all that was sent before, once, in order."""
    async with upgrading() as (served, poller, websocket):
        (connection,) = served.dialect.connections
        if moment == "before the probe":
            sent = closing(connection)
        await probe(websocket)
        if moment == "after its answer":
            sent = closing(connection)
        assert (await poller.get()).text == "6"
        if moment == "after the last poll":
            sent = closing(connection)
        await websocket.send("5")
        if moment == "after the upgrade":
            await upgraded(served)
            sent = closing(connection)
        assert await websocket.rest() == sent
        await served.emptied()
        await served.dialect.seen("disconnect", "kicked")


@pytest.mark.parametrize("moment", ["before the probe", "after its answer", "after the upgrade"])
async def test_refusal_amid_an_upgrade(upgrading, recording, moment):
    """At whatever moment of an upgrade a client is refused, it reads why, and DISCONNECT."""
    dialect = recording(refuse=True, gates={"connect": asyncio.Event()})

    async def refused():
        dialect.gates["connect"].set()
        (connection,) = dialect.connections
        async with asyncio.timeout(30):
            while not connection.closed:  # noqa: ASYNC110 - nothing signals it
                await asyncio.sleep(0)

    async with upgrading(dialect) as (served, _, websocket):
        await dialect.seen("connect")
        if moment == "before the probe":
            await refused()
        await probe(websocket)
        if moment == "after its answer":
            await refused()
        await websocket.send("5")
        if moment == "after the upgrade":
            await upgraded(served)
            await refused()
        assert await websocket.rest() == ['42["error",{"code":"UNAUTHORIZED"}]', "41"]
        await served.emptied()


async def test_close_reaches_a_waiting_poll_before_the_probe(upgrading):
    """A poll that waits when the server closes gets all; the websocket then has nothing to say but still answers."""
    async with upgrading() as (served, poller, websocket):
        poll = await waiting_poll(served, poller)
        sent = closing(served.dialect.connections[0])
        assert (await poll).text.split("\x1e") == sent
        await probe(websocket)
        await websocket.send("5")
        assert await websocket.rest() == []
        await served.emptied()


async def test_close_amid_an_upgrade_that_fails(upgrading):
    """When the websocket goes away before it took over, a closing session is read to its end by polling."""
    async with upgrading() as (served, poller, websocket):
        await probe(websocket)
        sent = closing(served.dialect.connections[0])
        assert (await poller.get()).text == "6"
        await websocket.websocket.close()
        assert [frame for frame in await poller.frames("1") if frame != "6"] == [*sent, "1"]
        await served.emptied()


async def test_close_amid_an_upgrade_is_bounded(serve_here):
    """A closing session whose client never commits to its websocket is cut off after the drain timeout."""
    async with upgraded_by(serve_here)(drain_timeout=0.05) as (served, _, websocket):
        await probe(websocket)
        closing(served.dialect.connections[0])
        assert await websocket.rest() == []
        await served.emptied()


async def test_client_that_is_told_to_go_and_goes(serve):
    """A closing session ends when its client says CLOSE; it does not wait for the drain timeout."""
    async with serve(drain_timeout=60) as served, served.polling() as poller:
        await poller.post("40")
        await poller.frames("40")
        sent = closing(served.dialect.connections[0])
        assert await poller.frames("41") == sent
        assert (await poller.post('42["x"]', "1")).status_code == 200
        await served.emptied()
        assert ("receive", "x") not in served.dialect.calls


async def test_client_that_never_connects_is_dropped(serve):
    """Without a CONNECT packet a session ends after the handshake timeout, on both transports."""
    async with serve(handshake_timeout=0.05) as served, served.raw() as raw, served.polling() as poller:
        (told,) = await raw.rest()
        assert (
            told == '44{"message":"Nobody has joined within 0.05 s","data":{"error":"Nobody has joined within 0.05 s"}}'
        )
        assert (await poller.frames("44"))[0] == told
        assert await poller.frames("1") == ["1"]
        await served.emptied()
    assert served.dialect.calls == []


async def test_unanswered_ping_ends_the_session(serve):
    """A client that does not answer a ping is gone after the ping timeout."""
    async with serve(ping_interval=0.6, ping_timeout=0.05) as served, served.raw() as raw:
        await raw.connect()
        assert await raw.rest() == ["2"]
        await served.dialect.seen("disconnect", "ping timeout")


async def test_answered_pings_go_on(serve):
    """Each answered ping is followed by another."""
    async with serve(ping_interval=0.02, ping_timeout=30) as served, served.raw() as raw:
        await raw.connect()
        pings = 0
        while pings < 3:
            # The first one may come before the answer to the CONNECT packet.
            if await raw.next() == "2":
                pings += 1
                await raw.send("3")


MALFORMED = [
    "",
    "x",
    "7",
    "0",
    "2",
    "2probe",
    "4",
    "49",
    "4x",
    "40",
    "40[1]",
    "41x",
    '44{"message":"x"}',
    "42",
    "42{}",
    "42[]",
    "42[1]",
    "42[null]",
    '42["a"',
    '42["a",]',
    '42["a"]]',
    '42["a",NaN]',
    "42" + "[" * 5000,
    '4212345678901234567["a"]',
    '451["a"]',
    '421-["a"]',
    b"stray",
]


@pytest.mark.parametrize("frame", MALFORMED, ids=lambda frame: repr(frame[:12]))
async def test_malformed_frame_ends_that_session_alone(serve_here, frame):
    """A malformed frame ends its session; another one goes on."""
    async with serve_here() as served, served.raw() as bad, served.raw() as good:
        await bad.connect()
        await good.connect()
        await bad.send('421["x"]')
        await bad.next()
        await bad.send(frame)
        assert await bad.rest() == []
        await served.dialect.seen("disconnect", "malformed packet")
        await good.send('421["x"]')
        assert str(await good.next()).startswith("431[")
        assert served.transport.sessions == 1


@pytest.mark.parametrize("body", ["", "x", "42[", "d=42", "40\x1e40"])
async def test_malformed_post_ends_the_session(serve_here, body):
    """A polling body that does not parse is answered with 400, and the session ends."""
    async with serve_here(drain_timeout=0.05) as served, served.polling() as poller:
        assert (await poller.post(body)).status_code == 400
        await served.emptied()


async def test_malformed_post_of_a_session_that_has_ended_is_refused(serve_here):
    """Who ends a session while a POST of it is on its way gets 400 for that as well, and nothing stays."""
    rest = asyncio.Event()

    async def body():
        yield b"4"
        await rest.wait()
        yield b"\xff\xff"

    async with serve_here(drain_timeout=0.05) as served, served.polling() as poller:
        late = asyncio.create_task(poller.client.post(poller.path, content=body(), headers={"content-length": "3"}))
        (socket,) = served.transport._engine.sessions._live
        async with asyncio.timeout(30):
            while not socket._posting:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert (await poller.post("2")).status_code == 400
        await served.emptied()
        rest.set()
        assert (await late).status_code == 400
        await served.emptied()


async def test_oversized_frame_ends_the_session(serve):
    """A frame over the limit ends the session, on both transports."""
    async with serve(max_event_bytes=1000, max_frame_bytes=1000, drain_timeout=0.05) as served:
        async with served.raw() as raw:
            await raw.connect()
            await raw.send('42["x","' + "y" * 1000 + '"]')
            assert await raw.rest() == []
        async with served.polling() as poller:
            assert (await poller.post("x" * 1001)).status_code == 400
        await served.emptied()


async def test_full_inbound_queue_holds_the_client_back(serve, recording):
    """With a full queue the client is not read, is not timed out for it, and loses nothing."""
    dialect = recording(gates={"e": asyncio.Event()})
    async with (
        serve(dialect, inbound_queue=2, ping_interval=0.4, ping_timeout=0.4) as served,
        served.raw() as raw,
    ):
        await raw.connect()
        await raw.send(*[f'42{number}["e"]' for number in range(20)])
        (socket,) = served.transport._engine.sessions._live
        async with asyncio.timeout(30):
            while not socket._heartbeat._held or not socket._heartbeat._awaits_answer:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        first = socket._heartbeat._timer
        async with asyncio.timeout(30):
            while socket._heartbeat._timer is first:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert len([call for call in dialect.calls if call[0] == "receive"]) == 1
        await raw.send("3")
        dialect.gates["e"].set()
        acks: list[str] = []
        while len(acks) < 20:
            frame = str(await raw.next())
            if frame == "2":
                await raw.send("3")
            else:
                acks.append(frame.partition("[")[0])
        assert acks == [f"43{number}" for number in range(20)]


async def test_slow_reader_is_cut_off(serve):
    """A client that does not read is cut off when too much waits for it, and its transport is freed."""
    async with serve(max_pending_bytes=200_000) as served:
        url = f"ws://127.0.0.1:{served.port}/socket.io/?EIO=4&transport=websocket"
        async with websockets.connect(url, max_queue=1, ping_interval=None, close_timeout=1) as websocket:
            await websocket.recv()
            await websocket.send("40")
            await websocket.recv()
            await served.dialect.seen("connect")
            (connection,) = served.dialect.connections
            async with asyncio.timeout(30):
                while not connection.closed:
                    connection.emit("blob", "x" * 50_000)
                    await asyncio.sleep(0)
            await served.dialect.seen("disconnect", "slow reader")
            await served.emptied()
            connection.emit("late", {})


async def test_slow_poller_is_cut_off(serve_here):
    """A client that does not poll is cut off when too much waits for it."""
    async with serve_here(max_pending_bytes=1000) as served, served.polling() as poller:
        await poller.post("40")
        await served.dialect.seen("connect")
        for _ in range(3):
            served.dialect.connections[0].emit("blob", "x" * 500)
        await served.dialect.seen("disconnect", "slow reader")
        assert (await poller.get()).status_code == 400
        await served.emptied()


async def test_a_poll_that_its_client_has_left_takes_nothing_along(serve_here):
    """What is emitted after a client or a proxy has dropped a waiting poll is for the next one, which is no second."""
    async with serve_here(ping_interval=600.0) as served, served.polling() as poller:
        await poller.post("40")
        await poller.frames("40")
        (connection,) = served.dialect.connections
        poll = await waiting_poll(served, poller)
        poll.cancel()
        await left_poll(served)
        connection.emit("news", {})
        assert (await poller.get()).text == '42["news",{}]'
        await poller.post("1")


async def test_session_that_a_request_has_broken_is_gone_at_once(serve):
    """Nobody can fetch what is queued for it any more, so that nothing is waited for."""
    async with serve(drain_timeout=60.0) as served, served.polling() as poller:
        await poller.post("40")
        assert (await poller.post("?")).status_code == 400
        await served.emptied()
        assert (await poller.get()).status_code == 400


async def test_poll_that_waits_hears_of_the_end_of_a_broken_session(serve, monkeypatch):
    """What is queued leaves by it, and the session is gone then."""
    waits, poll = asyncio.Event(), EngineSocket.poll

    def noted(*given):
        waits.set()
        return poll(*given)

    async with serve(drain_timeout=60.0) as served, served.polling() as poller:
        await poller.post("40")
        await poller.frames("40")
        monkeypatch.setattr(EngineSocket, "poll", noted)
        waiting = asyncio.create_task(poller.get())
        await asyncio.wait_for(waits.wait(), PATIENCE)
        assert (await poller.post("?")).status_code == 400
        assert ((await waiting).status_code, (await waiting).text) == (200, "1")
        await served.emptied()


async def test_as_many_packets_are_taken_as_may_be(serve):
    """The limit is the last number that is good."""
    async with serve() as served, served.polling() as poller:
        await poller.post("40")
        assert (await poller.post("\x1e".join(["6"] * 256))).status_code == 200
        assert (await poller.post("\x1e".join(["6"] * 257))).status_code == 400


async def test_packets_are_counted_before_they_are_taken_apart(serve):
    """A megabyte has room for a million of them: to make a text of each would take longer than to refuse them."""

    class Body(bytes):
        def decode(self, *_):
            raise AssertionError("taken apart")

    async with serve() as served, served.polling() as poller:
        await poller.post("40")
        (socket,) = served.transport._engine.sessions._live
        body = Body(b"6" + b"\x1e6" * 999)

        class Input:
            async def read(self, _):
                return body

        with pytest.raises(EngineIOError):
            await socket.handle_post_request({"CONTENT_LENGTH": str(len(body)), "wsgi.input": Input()})


async def test_idle_session_keeps_nothing_for_what_it_does_not_do(serve_here):
    """A websocket has no queue to fetch from, and no part of a session has room for whatever one may think of."""
    async with serve_here() as served, served.raw() as raw:
        await raw.connect()
        await served.dialect.seen("connect")
        ((session, socket),) = served.transport._sessions.items()
        sending = socket._sending
        assert (sending._news, sending.outbox._frames) == (None, None)
        parts = (socket, session, sending, sending.outbox, socket._heartbeat)
        assert [each for each in parts if hasattr(each, "__dict__")] == []
        assert session._task is None
        assert not [each for each in asyncio.all_tasks() if each.get_name() == session.name]
        async with served.polling() as poller:
            await poller.post("40")
            assert (await poller.frames("40"))[0].startswith("40{")
