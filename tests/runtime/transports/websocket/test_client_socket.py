"""The heartbeat, the bounds and the end of a websocket, over real sockets."""

import asyncio
import contextlib

import pytest
import websockets
from websockets.frames import Opcode


async def test_dead_client_is_dropped(serve_here):
    """A client that does not answer a ping in time is dropped without ado, and the dialect is told."""
    async with serve_here(ping_interval=0.02, ping_timeout=0.05) as served, served.client() as client:
        client.websocket.transport.pause_reading()
        await served.dialect.seen("disconnect", "ping timeout")
        await served.emptied()
        client.websocket.transport.resume_reading()
        assert await client.rest() == []
        assert client.farewell is None


async def test_living_client_is_kept(serve_here):
    """Who answers pings stays, for many of them, and notices nothing."""
    pings = asyncio.Event()
    count = 0

    class Counting(websockets.ClientConnection):
        def process_event(self, event: websockets.frames.Frame) -> None:
            nonlocal count
            if getattr(event, "opcode", None) is Opcode.PING:
                count += 1
                if count == 5:
                    pings.set()
            super().process_event(event)

    async with (
        serve_here(ping_interval=0.01, ping_timeout=30) as served,
        served.client(create_connection=Counting) as client,
    ):
        await asyncio.wait_for(pings.wait(), 30)
        await client.send({"type": "repeat"})
        assert await client.next() == {"type": "repeat"}


async def test_client_that_is_held_back_is_not_dead(serve_here, recording):
    """While the server does not read, to hold a client back, a pong that it cannot see is not missed."""
    dialect = recording(gates={"slow": asyncio.Event()})
    async with (
        serve_here(dialect, ping_interval=0.25, ping_timeout=0.25, inbound_queue=1) as served,
        served.client() as client,
    ):
        await client.send({"type": "slow"}, *[{"type": "x"}] * 5, {"type": "repeat"})
        await dialect.seen("receive", "slow")
        (socket,) = served.transport._sockets
        beats = 0
        seen = socket._heartbeat._timer
        async with asyncio.timeout(30):
            while beats < 4:
                if socket._heartbeat._timer is not seen:
                    seen, beats = socket._heartbeat._timer, beats + 1
                await asyncio.sleep(0.001)
        dialect.gates["slow"].set()
        assert await client.next() == {"type": "repeat"}


class Transports:
    """The TCP connections of a server."""

    def __init__(self) -> None:
        self.found: list[asyncio.Transport] = []

    def watch(self, app):
        """Stand around an application and take note of each connection."""

        async def run(scope, receive, send):
            self.found.append(send.__self__.channel.transport)
            await app(scope, receive, send)

        return run


@pytest.fixture
def transports() -> Transports:
    """The TCP connections of a server that is started around them."""
    return Transports()


async def test_slow_reader_is_cut_off(serve_here, transports):
    """Who does not read is cut off at the bound, without a close that it would not read either; nothing waits on."""
    async with serve_here(max_pending_bytes=200_000, around=transports.watch) as served:
        with contextlib.suppress(websockets.ConnectionClosed):
            async with served.client(max_queue=1) as client:
                await served.dialect.seen("connect")
                (connection,) = served.dialect.connections
                for _ in range(2_000):
                    connection.emit("news", {"text": "x" * 10_000})
                    if connection.closed:
                        break
                    await asyncio.sleep(0)
                assert connection.closed
                (transport,) = transports.found
                assert (transport.is_closing(), transport.get_write_buffer_size()) == (True, 0)
                await served.dialect.seen("disconnect", "slow reader")
                await client.rest()
                assert client.farewell is None
        await served.emptied()


async def test_close_is_told_after_all_that_was_sent(serve):
    """close() sends all that was emitted before it, then the close code of its error, and its reason."""
    async with serve() as served, served.client() as client:
        await served.dialect.seen("connect")
        (connection,) = served.dialect.connections
        for number in range(100):
            connection.emit("news", number)
        connection.close("the session has ended", "GONE")
        connection.emit("news", "late")
        assert await client.rest() == list(range(100))
        assert client.farewell == (4410, "the session has ended")
        await served.dialect.seen("disconnect", "the session has ended")


@pytest.mark.parametrize("held_back", [False, True])
async def test_close_waits_for_who_reads(serve_here, recording, transports, held_back):
    """What the kernel has not taken yet when the close is sent still reaches a client that reads, held back or not."""
    dialect = recording(gates={"slow": asyncio.Event()})
    limits = {"max_pending_bytes": 100_000_000, "inbound_queue": 1}
    async with serve_here(dialect, around=transports.watch, **limits) as served, served.client() as client:
        await dialect.seen("connect")
        (socket,), (connection,) = served.transport._sockets, dialect.connections
        async with asyncio.timeout(30):
            if held_back:
                await client.send({"type": "slow"}, {"type": "x"}, {"type": "x"})
                while not socket._heartbeat._held:  # noqa: ASYNC110 - nothing signals it
                    await asyncio.sleep(0.001)
            client.websocket.transport.pause_reading()
            sent = 0
            while not transports.found[0].get_write_buffer_size():
                connection.emit("news", [sent, "x" * 10_000])
                sent += 1
                await asyncio.sleep(0)
            connection.close("kicked")
        assert not socket.gone.is_set()
        client.websocket.transport.resume_reading()
        assert [frame[0] for frame in await client.rest()] == list(range(sent))
        assert client.farewell == (1008, "kicked")
        dialect.gates["slow"].set()


async def test_close_that_nobody_reads_is_bounded(serve_here):
    """A closing client that does not read what is left is cut off at the drain timeout."""
    async with serve_here(drain_timeout=0.1, max_pending_bytes=100_000_000) as served:
        with contextlib.suppress(websockets.ConnectionClosed):
            async with served.client(max_queue=1) as client:
                await served.dialect.seen("connect")
                (connection,) = served.dialect.connections
                for _ in range(2_000):
                    connection.emit("news", {"text": "x" * 10_000})
                connection.close("kicked")
                await served.emptied()
                await client.rest()
                assert client.farewell is None


async def test_invalid_text_and_too_large_frames_end_the_connection(serve, caplog):
    """Text that is no UTF-8 closes with 1007, what the listener does not take with 1009; others notice nothing."""
    async with serve() as served, served.client() as bystander:
        for frame, code in (((b"\xff",), 1007), ("x" * 1_000_001, 1009)):
            async with served.client() as client:
                await client.websocket.send(frame, text=True) if isinstance(frame, str) else await _send_raw(client)
                assert await client.rest() == []
                assert client.farewell is not None
                assert client.farewell[0] == code
        await bystander.send({"type": "repeat"})
        assert await bystander.next() == {"type": "repeat"}


async def test_another_server(serve):
    """One that is not ours knows no pings: the client is served, and given up when the server has to."""
    async with serve(ping_interval=60) as served, served.client() as client:
        await client.send({"type": "repeat"})
        assert await client.next() == {"type": "repeat"}
        (socket,) = served.transport._sockets
        assert (socket._heartbeat._timer is None) == (not socket.is_attached)
        socket.abort("given up")
        await served.dialect.seen("disconnect", "given up")
        assert await client.rest() == []
        await served.emptied()


async def _send_raw(client) -> None:
    """Send a text frame that is no text."""
    await client.websocket.send(b"\xff\xfe", text=True)
