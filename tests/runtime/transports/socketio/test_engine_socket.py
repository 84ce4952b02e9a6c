"""Frames, heartbeat and the end of a session, over real sockets."""

import asyncio

import pytest
import websockets


async def test_upgrade_loses_and_reorders_nothing(serve):
    """What is emitted while a client upgrades from polling to websocket arrives once and in order."""
    async with serve() as served, served.polling() as poller:
        await poller.post("40")
        frames = await poller.frames("40")
        (connection,) = served.dialect.connections
        waiting = asyncio.create_task(poller.get())
        async with served.raw(f"&sid={poller.sid}", read_open=False) as upgraded:
            await upgraded.send("2probe")
            assert await upgraded.next() == "3probe"
            frames += (await waiting).text.split("\x1e")
            connection.emit("one", {})
            frames += (await poller.get()).text.split("\x1e")
            connection.emit("two", {})
            await upgraded.send("5")
            assert [await upgraded.next(), await upgraded.next()] == ['42["one",{}]', '42["two",{}]']
            assert frames[1:] == ["6", "6"]
            assert (await poller.get()).status_code == 400


async def test_failed_upgrade_goes_on_polling(serve):
    """A websocket that closes amid the upgrade leaves the polling session as it was."""
    async with serve(drain_timeout=0.05) as served, served.polling() as poller:
        await poller.post("40")
        await poller.frames("40")
        async with served.raw(f"&sid={poller.sid}", read_open=False) as upgraded:
            await upgraded.send("2probe")
            assert await upgraded.next() == "3probe"
        await poller.post('421["x"]')
        assert (await poller.frames("431["))[-1] == '431[{"event":"x","arguments":[]}]'


async def test_client_that_never_connects_is_dropped(serve):
    """Without a CONNECT packet a session ends after the handshake timeout, on both transports."""
    async with serve(handshake_timeout=0.05) as served, served.raw() as raw, served.polling() as poller:
        assert await raw.rest() == []
        assert (await poller.frames("1")) == ["1"]
        await served.emptied()
    assert served.dialect.calls == []


async def test_unanswered_ping_ends_the_session(serve):
    """A client that does not answer a ping is gone after the ping timeout."""
    async with serve(ping_interval=0.05, ping_timeout=0.05) as served, served.raw() as raw:
        await raw.connect()
        assert await raw.rest() == ["2"]
        await served.dialect.seen("disconnect", "ping timeout")


async def test_answered_pings_go_on(serve):
    """Each answered ping is followed by another."""
    async with serve(ping_interval=0.02, ping_timeout=5) as served, served.raw() as raw:
        await raw.connect()
        for _ in range(3):
            assert await raw.next() == "2"
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
async def test_malformed_frame_ends_that_session_alone(serve, frame):
    """A malformed frame ends its session; another one goes on."""
    async with serve() as served, served.raw() as bad, served.raw() as good:
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
async def test_malformed_post_ends_the_session(serve, body):
    """A polling body that does not parse is answered with 400, and the session ends."""
    async with serve(drain_timeout=0.05) as served, served.polling() as poller:
        assert (await poller.post(body)).status_code == 400
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
        serve(dialect, inbound_queue=2, ping_interval=0.02, ping_timeout=0.02) as served,
        served.raw() as raw,
    ):
        await raw.connect()
        await raw.send(*[f'42{number}["e"]' for number in range(20)])
        (socket,) = served.transport._engine._live
        async with asyncio.timeout(5):
            while not socket._reading_is_held or "pong" not in socket._timers:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        first = socket._timers["pong"]
        async with asyncio.timeout(5):
            while socket._timers.get("pong") is first:  # noqa: ASYNC110
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
            async with asyncio.timeout(5):
                while not connection.closed:
                    connection.emit("blob", "x" * 50_000)
                    await asyncio.sleep(0)
            await served.dialect.seen("disconnect", "slow reader")
            await served.emptied()
            connection.emit("late", {})


async def test_slow_poller_is_cut_off(serve):
    """A client that does not poll is cut off when too much waits for it."""
    async with serve(max_pending_bytes=1000) as served, served.polling() as poller:
        await poller.post("40")
        await served.dialect.seen("connect")
        for _ in range(3):
            served.dialect.connections[0].emit("blob", "x" * 500)
        await served.dialect.seen("disconnect", "slow reader")
        assert (await poller.get()).status_code == 400
        await served.emptied()
