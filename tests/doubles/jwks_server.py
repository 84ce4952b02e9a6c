"""A web server that publishes the keys of an issuer, and counts how often they are asked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from doubles.issuer import SigningKey, key_set


@dataclass
class JwksServer:
    """What is published at `url`; `away` has it answer with an error."""

    keys: tuple[SigningKey, ...] = ()
    url: str = ""
    asked: int = 0
    away: bool = False

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.asked += 1
            body = b"" if self.away else key_set(*self.keys)
            status = b"503 Away" if self.away else b"200 OK"
            writer.write(b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def publishing(*keys: SigningKey) -> AsyncIterator[JwksServer]:
    """Publish keys on a free port."""
    published = JwksServer(keys)
    server = await asyncio.start_server(published.answer, "127.0.0.1", 0)
    published.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"
    try:
        yield published
    finally:
        server.close()
