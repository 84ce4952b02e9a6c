"""The proxy that does to connections what it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from palaver_conformance.topology.process import hang_up
from palaver_conformance.topology.proxy import CUT, DROP, FREEZE, PASS, Fate, Proxy, Rule

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def echoing() -> AsyncIterator[Proxy]:
    """Yield a proxy before a server that says everything again."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            await hang_up(writer)

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = Proxy(server.sockets[0].getsockname()[1])
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()
        server.close()
        await server.wait_closed()


async def connect(proxy: Proxy) -> Streams:
    """Connect to the proxy."""
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def say(streams: Streams, text: bytes) -> bytes:
    """Return the echo of a text."""
    streams[1].write(text)
    return await asyncio.wait_for(streams[0].readexactly(len(text)), 30)


async def ended(streams: Streams) -> None:
    """Wait until the connection is closed, by a reset or in peace."""
    try:
        assert await asyncio.wait_for(streams[0].read(), 30) == b""
    except ConnectionError:
        pass
    finally:
        await hang_up(streams[1])


async def test_it_passes_everything_on() -> None:
    """Bytes go both ways, much more of them than a buffer holds, and the end of one side ends the other."""
    async with echoing() as proxy:
        streams = await connect(proxy)
        assert await say(streams, b"hello") == b"hello"
        much = bytes(range(256)) * 20_000
        assert await say(streams, much) == much
        assert (proxy.connections, proxy.rule) == (1, PASS)
        streams[1].write_eof()
        await ended(streams)


async def test_delay_keeps_the_order() -> None:
    """Every byte comes late by the delay on each of the two ways, and none overtakes."""
    async with echoing() as proxy:
        streams = await connect(proxy)
        await say(streams, b"warm")
        proxy.obey(Rule(Fate.PASS, 0.05))
        start = asyncio.get_running_loop().time()
        streams[1].write(b"a")
        proxy.obey(Rule(Fate.PASS, 0.06))
        assert await say(streams, b"bc") == b"ab"
        assert asyncio.get_running_loop().time() - start >= 0.1
        assert await streams[0].readexactly(1) == b"c"
        await hang_up(streams[1])


async def test_frozen_connection_loses_nothing() -> None:
    """What was said while it was frozen arrives when it goes on, also on a connection made meanwhile."""
    async with echoing() as proxy:
        old = await connect(proxy)
        await say(old, b"warm")
        proxy.obey(FREEZE)
        new = await connect(proxy)
        old[1].write(b"held")
        new[1].write(b"back")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(new[0].read(1), 0.1)
        proxy.obey(PASS)
        assert await asyncio.wait_for(old[0].readexactly(4), 30) == b"held"
        assert await asyncio.wait_for(new[0].readexactly(4), 30) == b"back"
        for streams in (old, new):
            await hang_up(streams[1])


async def test_dropped_bytes_are_gone() -> None:
    """What is said while bytes are dropped never arrives, what comes after does."""
    async with echoing() as proxy:
        streams = await connect(proxy)
        await say(streams, b"warm")
        probe = await connect(proxy)
        await say(probe, b"warm")
        proxy.obey(DROP)
        streams[1].write(b"lost")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(streams[0].read(1), 0.1)
        proxy.obey(PASS)
        assert await say(streams, b"kept") == b"kept"
        for each in (streams, probe):
            await hang_up(each[1])


async def test_cut_connections_end_and_new_ones_too() -> None:
    """Under the rule nobody gets through; cutting once leaves the way open for new connections."""
    async with echoing() as proxy:
        streams = await connect(proxy)
        await say(streams, b"warm")
        proxy.cut()
        await ended(streams)
        again = await connect(proxy)
        assert await say(again, b"again") == b"again"
        proxy.obey(CUT)
        await ended(again)
        await ended(await connect(proxy))
        assert proxy.connections == 0
        proxy.obey(PASS)
        last = await connect(proxy)
        assert await say(last, b"last") == b"last"
        await hang_up(last[1])


async def test_absent_target_ends_the_connection() -> None:
    """Where nobody listens behind the proxy, its clients are cut off, not left waiting."""
    proxy = Proxy(1)
    with pytest.raises(RuntimeError):
        _ = proxy.port
    await proxy.open()
    await ended(await connect(proxy))
    await proxy.close()
