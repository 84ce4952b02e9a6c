"""A request that is never finished."""

import asyncio

import pytest
from peers import silent

from palaver_conformance.drivers.unfinished import cut_off
from palaver_conformance.errors import Unreachable
from palaver_conformance.evidence.trace import Trace

BEGINNING = "GET / HTTP/1.1\r\nHost: {host}\r\n"


async def test_a_server_that_closes_is_told() -> None:
    """Whatever it says before it closes; what was sent has the server's name in it."""
    heard: list[bytes] = []

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\nHost: "))
        heard.append(await reader.readline())
        writer.write(b"HTTP/1.1 408 Too Late\r\n\r\n")
        writer.close()

    trace = Trace()
    async with await asyncio.start_server(close, "127.0.0.1", 0) as server:
        host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert await cut_off(f"http://{host}/base", BEGINNING, trace.wire("c"), 10.0)
    assert heard == [b"GET /base/ HTTP/1.1\r\nHost: ", f"{host}\r\n".encode()]
    assert "408 Too Late" in trace.entries[1].text


async def test_a_server_that_waits_is_told_apart() -> None:
    """One that stays silent has not closed."""
    async with silent() as url:
        assert not await cut_off(url, BEGINNING, Trace().wire("c"), 0.1)


async def test_no_server_is_unreachable() -> None:
    """A port on which nobody listens."""
    with pytest.raises(Unreachable, match="no connection"):
        await cut_off("http://127.0.0.1:1", BEGINNING, Trace().wire("c"), 10.0)
