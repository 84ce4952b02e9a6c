"""REST requests, against a server of a few lines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from palaver_conformance.drivers.http import HttpClient
from palaver_conformance.errors import Failure
from palaver_conformance.evidence.trace import Trace


@asynccontextmanager
async def answering(answer: str, requests: list[str]) -> AsyncIterator[str]:
    """Give every request the same answer, and keep what was asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((line for line in head.split("\r\n") if line.lower().startswith("content-length")), ":0")
        body = await reader.readexactly(int(length.partition(":")[2]))
        requests.append(head + body.decode())
        writer.write(answer.encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_request_and_answer() -> None:
    """Path, query, headers and body go out as asked; status and JSON come back; both are in the log."""
    requests: list[str] = []
    trace = Trace()
    answer = 'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"a": 1}\n'
    async with answering(answer, requests) as url:
        client = HttpClient(url, 2.0)
        got = await client.request(
            trace.wire("alice/http"),
            "POST",
            "/rooms/{room}/notes",
            parameters={"room": "a/b"},
            query={"loud": True, "limit": 5},
            headers={"authorization": "Bearer t"},
            body={"text": "é"},
        )
        await client.close()
    assert (got.status, got.body) == (201, {"a": 1})
    assert requests[0].startswith("POST /rooms/a%2Fb/notes?loud=true&limit=5 HTTP/1.1\r\n")
    assert "authorization: Bearer t" in requests[0].lower().replace("bearer", "Bearer")
    assert requests[0].endswith('{"text": "é"}')
    assert [entry.direction for entry in trace.entries] == ["->", "<-"]
    assert "Bearer" not in str(trace.shown())


async def test_no_content() -> None:
    """An answer without content has no body."""
    async with answering("HTTP/1.1 204 No Content\r\n\r\n", []) as url:
        client = HttpClient(url, 2.0)
        assert (await client.request(Trace().wire("x"), "GET", "/")).body is None
        await client.close()


async def test_answer_that_is_no_json() -> None:
    """A page where JSON was promised is a failure that shows it."""
    page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>"
    async with answering(page, []) as url:
        client = HttpClient(url, 2.0)
        with pytest.raises(Failure) as caught:
            await client.request(Trace().wire("x"), "GET", "/")
        await client.close()
    assert caught.value.arrived == ("text/html: <html>",)


async def test_no_answer() -> None:
    """A server that is not there is a failure, noted in the log."""
    trace = Trace()
    client = HttpClient("http://127.0.0.1:1", 2.0)
    with pytest.raises(Failure, match="GET /x"):
        await client.request(trace.wire("x"), "GET", "/x")
    await client.close()
    assert trace.entries[-1].direction == "--"
