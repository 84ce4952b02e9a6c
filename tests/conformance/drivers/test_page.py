"""Pages of web sites, against a server of a few lines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from palaver_conformance.drivers.page import Page, PageAnswer
from palaver_conformance.errors import Failure
from palaver_conformance.evidence.trace import Trace

A = "https://a.example"


@asynccontextmanager
async def answering(answer: bytes, heads: list[str]) -> AsyncIterator[str]:
    """Give every request the same answer, and keep what was asked."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(reply, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def page(url: str, trace: Trace | None = None) -> Page:
    """Make a page."""
    return Page(url, (trace or Trace()).wire("page"), 10.0)


async def test_request_says_where_it_is_from() -> None:
    """The origin is sent as it is, or not at all; the answer may be anything, and the log has no query."""
    heads: list[str] = []
    trace = Trace()
    answer = b"HTTP/1.1 400 No\r\nconnection: close\r\nx-a: b\r\ncontent-length: 3\r\n\r\n\xff<>"
    async with answering(answer, heads) as url:
        for origin in ("null", None):
            got = await page(url, trace).request("GET", "/a", origin, {"token": "t"}, {"X-C": "d"})
            assert (got.status, got.headers["X-A"], got.readable) == (400, "b", False)
    assert heads[0].startswith("GET /a?token=t HTTP/1.1\r\n")
    assert "\r\nOrigin: null\r\n" in heads[0]
    assert "\r\nX-C: d\r\n" in heads[0]
    assert "Origin" not in heads[1]
    assert "token=t" not in str([entry.text for entry in trace.entries])


@pytest.mark.parametrize(
    ("headers", "readable", "credentials"),
    [
        ({}, False, False),
        ({"Access-Control-Allow-Origin": A}, True, False),
        ({"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}, True, True),
        ({"Access-Control-Allow-Origin": "https://b.example"}, False, False),
        ({"Access-Control-Allow-Origin": A.upper()}, False, False),
    ],
)
def test_page_reads_what_is_meant_for_it(headers: dict[str, str], readable: bool, credentials: bool) -> None:
    """An answer is read by the origin that it names, exactly, or by all."""
    answer = PageAnswer(A, 200, headers)
    assert (answer.readable, answer.with_credentials, answer.connected) == (readable, credentials, False)


async def test_websocket_is_opened_or_refused() -> None:
    """A WebSocket is opened and closed again, or the status of the refusal is given."""

    async def hold(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(hold, "127.0.0.1", 0, origins=[A]) as server:  # type: ignore[list-item]
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert (await page(url).upgrade("/", A, {})).connected
        assert (await page(url).upgrade("/", "https://b.example", {"a": "b"})).status == 403


async def test_no_answer_is_a_failure() -> None:
    """Where nobody listens, that is told."""
    async with answering(b"", []) as url:
        pass
    with pytest.raises(Failure, match="an answer to GET /a"):
        await page(url).request("GET", "/a", A, {}, {})
    with pytest.raises(Failure, match="an answer to a WebSocket"):
        await page(url).upgrade("/a", A, {})
