"""An issuer of tokens as a web server of its own, that changes its key while it is used.

`GET /jwks.json` gives the public keys, `GET /token?name=…&role=…` a token for a user. After so many tokens the next
ones are signed with a new key; the old one stays published.
"""

import asyncio
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from doubles.issuer import SigningKey, key_set

_NAME = "them"
_AUDIENCE = "chat"


@dataclass
class Issuer:
    """What it has done: tokens issued by each key, and how often the keys were asked for."""

    algorithm: str
    each: int
    url: str = ""
    keys: list[SigningKey] = field(default_factory=list)
    issued: list[int] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        self._turn()

    @property
    def command(self) -> str:
        """What prints a token for a `{name}` and a `{role}`."""
        opener = "r.build_opener(r.ProxyHandler(dict()))"
        target = f"'{self.url}/token?name='+sys.argv[1]+'&role='+sys.argv[2]"
        ask = f"import sys, urllib.request as r; print({opener}.open({target}).read().decode())"
        return f"{sys.executable} -S -c {shlex.quote(ask)} {{name}} {{role}}"

    @property
    def settings(self) -> list[str]:
        """What a server is told that takes its tokens, as it stands before a command."""
        return [
            f"PALAVER_JWKS_URL={self.url}/jwks.json",
            "PALAVER_JWKS_COOLDOWN_SECONDS=0.1",
            f"PALAVER_JWT_ISSUER={_NAME}",
            f"PALAVER_JWT_AUDIENCE={_AUDIENCE}",
        ]

    def _turn(self) -> None:
        self.keys.append(SigningKey(f"key-{len(self.keys)}", self.algorithm))
        self.issued.append(0)

    def answer(self, target: str) -> bytes:
        """Answer a request."""
        parts = urlsplit(target)
        if parts.path == "/jwks.json":
            self.asked += 1
            return key_set(*self.keys)
        # Once: a server that has just fetched the keys does not fetch them again for a while.
        if self.issued[-1] == self.each and len(self.keys) == 1:
            self._turn()
        self.issued[-1] += 1
        asked = parse_qs(parts.query)
        return self.keys[-1].sign(asked["name"][0], role=asked["role"][0], aud=_AUDIENCE, iss=_NAME).encode()


@asynccontextmanager
async def issuing(algorithm: str, each: int) -> AsyncIterator[Issuer]:
    """Run an issuer that changes its key after so many tokens."""
    issuer = Issuer(algorithm, each)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            body = issuer.answer(head.split(" ")[1])
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        issuer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield issuer
