"""A client that polls, against a server of a few lines."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from palaver_conformance.drivers.polling import PONG, polling
from palaver_conformance.errors import Failure
from palaver_conformance.evidence.trace import Trace

PATIENCE = 10.0


@asynccontextmanager
async def server(answer: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """Serve on a free port; give the address."""
    runner = web.ServerRunner(web.Server(answer))  # type: ignore[arg-type]
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_packets_go_both_ways() -> None:
    """A session is opened, what is posted is one body, and what is polled comes apart."""
    asked: list[tuple[str, str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.method, request.query_string, await request.text()))
        first = len(asked) == 1
        return web.Response(text='0{"sid":"abc","upgrades":[]}' if first else "2\x1e4hello")

    trace = Trace()
    async with server(answer) as url, polling(f"{url}/", "/socket.io/", trace.wire("c"), PATIENCE) as session:
        assert session.sid == "abc"
        assert await session.post([PONG, "4hi"]) == 200
        assert await session.poll() == (200, ["2", "4hello"])
    place = "EIO=4&transport=polling"
    assert asked == [("GET", place, ""), ("POST", f"{place}&sid=abc", "3\x1e4hi"), ("GET", f"{place}&sid=abc", "")]
    assert "abc" not in trace.entries[0].text


async def test_refusals_are_statuses() -> None:
    """A server that lets nobody poll leaves no session; what comes with a refusal is no packet."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=400, text="no")

    async with server(answer) as url, polling(url, "/", Trace().wire("c"), PATIENCE) as session:
        assert session.sid is None
        assert await session.post([PONG]) == 400
        assert await session.poll() == (400, [])


@pytest.mark.parametrize("text", ["hello", "0[]", "0{}"])
async def test_what_opens_no_session_is_told(text: str) -> None:
    """An answer that is good and has no session in it is no open packet."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=text)

    async with server(answer) as url:
        with pytest.raises(Failure, match="the open packet"):
            async with polling(url, "/", Trace().wire("c"), PATIENCE):
                pass


async def test_no_answer_is_a_failure() -> None:
    """A port on which nobody listens gives none."""
    with pytest.raises(Failure, match="an answer to GET"):
        async with polling("http://127.0.0.1:1", "/", Trace().wire("c"), PATIENCE):
            pass
