"""A page of a web site in a browser: it says where it is from, and reads only what it may.

Sources: RFC 6454 (Origin), RFC 6455, section 10.2, and the Fetch standard (CORS).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, WSServerHandshakeError
from yarl import URL

from palaver_conformance.errors import Failure
from palaver_conformance.evidence.trace import Wire

_ALLOWS = "Access-Control-Allow-Origin"
_CREDENTIALS = "Access-Control-Allow-Credentials"
_UPGRADED = 101


@dataclass(frozen=True)
class PageAnswer:
    """What a browser gets for a page of an origin, None for a program that has none."""

    origin: str | None
    status: int
    headers: Mapping[str, str]
    body: str = ""

    @property
    def readable(self) -> bool:
        """Whether the browser shows it to the page."""
        return self.origin is not None and self.headers.get(_ALLOWS) in ("*", self.origin)

    @property
    def with_credentials(self) -> bool:
        """Whether it may be asked for with the visitor's cookies."""
        return self.headers.get(_CREDENTIALS) == "true"

    @property
    def connected(self) -> bool:
        """Whether there is a WebSocket."""
        return self.status == _UPGRADED

    def __str__(self) -> str:
        cors = {name: value for name, value in self.headers.items() if name.lower().startswith("access-control-")}
        return f"{self.status} {cors}"


class Page:
    """Asks a server from pages. What it says has no secret but a token in the query, which is hidden elsewhere."""

    def __init__(self, url: str, wire: Wire, patience: float) -> None:
        self._url = url
        self._wire = wire
        self._timeout = ClientTimeout(total=patience)

    async def request(
        self, method: str, path: str, origin: str | None, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> PageAnswer:
        """Send a request, and return its answer, whatever its body is; raises Failure when there is none."""
        self._wire.sent(f"{method} {path} of a page of {origin!r}")
        try:
            async with (
                self._session() as session,
                session.request(
                    method,
                    self._address(path, query),
                    headers={**headers, **_from(origin)},
                    allow_redirects=False,
                ) as response,
            ):
                body = (await response.read()).decode(errors="replace")
                answer = PageAnswer(origin, response.status, response.headers, body)
        except (ClientError, TimeoutError) as error:
            raise Failure(f"an answer to {method} {path}", (repr(error),)) from error
        self._wire.received(str(answer))
        return answer

    async def upgrade(self, path: str, origin: str | None, query: Mapping[str, str]) -> PageAnswer:
        """Open a WebSocket, close it if there is one, and return the answer; raises Failure when there is none."""
        self._wire.sent(f"a WebSocket at {path} for a page of {origin!r}")
        try:
            async with (
                self._session() as session,
                session.ws_connect(self._address(path, query), headers=_from(origin)) as socket,
            ):
                answer = PageAnswer(origin, _UPGRADED, {})
                await socket.close()
        except WSServerHandshakeError as refusal:
            answer = PageAnswer(origin, refusal.status, refusal.headers or {})
        except (ClientError, TimeoutError) as error:
            raise Failure(f"an answer to a WebSocket at {path}", (repr(error),)) from error
        self._wire.received(str(answer))
        return answer

    def _address(self, path: str, query: Mapping[str, str]) -> URL:
        return URL(f"{self._url}{path}{'?' if query else ''}{urlencode(query)}", encoded=True)

    def _session(self) -> ClientSession:
        return ClientSession(timeout=self._timeout, cookie_jar=DummyCookieJar())


def _from(origin: str | None) -> dict[str, str]:
    return {} if origin is None else {"Origin": origin}
