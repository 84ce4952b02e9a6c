"""Engine.IO protocol revision 4, client side, over HTTP: what a client that polls sends and gets, as it is.

Source: https://socket.io/docs/v4/engine-io-protocol/.
"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from yarl import URL

from palaver_conformance.errors import Failure
from palaver_conformance.evidence.trace import Wire

PONG = "3"
_OK = 200
_SEPARATOR = "\x1e"


class Polling:
    """A session that was opened by polling. `sid` is None when the server has refused to."""

    def __init__(self, session: ClientSession, address: str, wire: Wire) -> None:
        self._session = session
        self._address = address
        self._wire = wire
        self.sid: str | None = None

    async def open(self) -> None:
        """Ask for a session; raises Failure for an answer that is none to that."""
        status, text = await self._ask("GET")
        if status != _OK:
            return
        try:
            self.sid = str(json.loads(text.removeprefix("0").partition(_SEPARATOR)[0])["sid"])
        except (ValueError, LookupError, TypeError):
            raise Failure("the open packet of a session that polls", (text,)) from None

    async def post(self, packets: Sequence[str]) -> int:
        """Send packets in one request, and return the status of its answer."""
        status, _ = await self._ask("POST", _SEPARATOR.join(packets))
        return status

    async def poll(self) -> tuple[int, list[str]]:
        """Ask for packets; return the status and, if that is good, what arrived."""
        status, text = await self._ask("GET")
        return status, text.split(_SEPARATOR) if status == _OK else []

    async def _ask(self, method: str, body: str | None = None) -> tuple[int, str]:
        query = {"EIO": "4", "transport": "polling"} | ({} if self.sid is None else {"sid": self.sid})
        self._wire.sent(f"{method} {body or ''}".rstrip())
        address = URL(f"{self._address}?{urlencode(query)}", encoded=True)
        try:
            async with self._session.request(method, address, data=body, allow_redirects=False) as response:
                text = (await response.read()).decode(errors="replace")
        except (ClientError, TimeoutError) as error:
            raise Failure(f"an answer to {method} of a session that polls", (repr(error),)) from error
        self._wire.received(f"{response.status} {text}")
        return response.status, text


@asynccontextmanager
async def polling(url: str, path: str, wire: Wire, patience: float) -> AsyncIterator[Polling]:
    """Open a session by polling, if the server lets one; it is left to the server to end it."""
    timeout = ClientTimeout(total=patience)
    async with ClientSession(timeout=timeout, cookie_jar=DummyCookieJar()) as session:
        found = Polling(session, f"{url.rstrip('/')}{path}", wire)
        await found.open()
        yield found
