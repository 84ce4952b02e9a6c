"""The keys of an issuer at a web address."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from palaver_runtime.adapters.tokens.key_url import KeyUrl
from palaver_runtime.adapters.tokens.sources import KeysUnavailable

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


@asynccontextmanager
async def answering(answer: Answer | bytes, *, deadline: float = 10.0) -> AsyncIterator[KeyUrl]:
    """A source whose server reads a request and answers with some bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    source = KeyUrl(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json", direct=True, deadline=deadline)
    try:
        yield source
    finally:
        await source.close()
        server.close()


async def test_answer_is_read() -> None:
    """What is at the address is given as it is, time and again."""
    async with answering(OK + b"Content-Length: 11\r\n\r\n" + b'{"keys":[]}') as source:
        assert [await source.fetch() for _ in range(3)] == [b'{"keys":[]}'] * 3


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "status 404"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "status 302"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "status 500"),
        (OK + b"Content-Length: 300000\r\n\r\n" + b"x" * 300_000, "more than 262144 bytes"),
        (OK + b"Content-Length: 9\r\n\r\nx", "body"),
        (b"nonsense\r\n\r\n", "illegal"),
        (b"", "disconnected"),
    ],
)
async def test_bad_answer_is_told(answer: bytes, reason: str) -> None:
    """An answer that has no keys, or too much, is refused with the reason; a redirection is not followed."""
    async with answering(answer) as source:
        with pytest.raises(KeysUnavailable, match=reason):
            await source.fetch()


async def test_endless_answer_is_given_up() -> None:
    """A server that drips for ever is held to a deadline for all of it, and to a size."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with answering(drip, deadline=0.2) as source:
        with pytest.raises(KeysUnavailable, match=r"within 0.2 s"):
            await source.fetch()


async def test_nobody_there_is_told() -> None:
    """An address at which nobody listens is told."""
    async with answering(b"") as source:
        pass
    gone = KeyUrl(source.place, direct=True)
    with pytest.raises(KeysUnavailable):
        await gone.fetch()
    await gone.close()
