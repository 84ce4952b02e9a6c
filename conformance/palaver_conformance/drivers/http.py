"""REST requests, recorded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from palaver_conformance.drivers.reading import read_json
from palaver_conformance.errors import Failure
from palaver_conformance.evidence.trace import Wire


@dataclass(frozen=True)
class HttpAnswer:
    """A response: `body` is its JSON, None when it has no content."""

    status: int
    headers: Mapping[str, str]
    body: object


class HttpClient:
    """A client of one server, with a pool of connections; close it with `close()`."""

    def __init__(self, url: str, patience: float) -> None:
        self._url = url.rstrip("/")
        self._patience = patience
        self._session: ClientSession | None = None

    async def request(
        self,
        wire: Wire,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        raw: bytes | None = None,
    ) -> HttpAnswer:
        """Send a request and return its answer.

        `path` may hold `{names}` that `parameters` fill in; `raw` are the bytes of a body as they are. Raises Failure
        when there is no answer, or one that says JSON and is not.
        """
        for name, value in (parameters or {}).items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        given = dict(headers or {})
        content = raw
        if body is not None:
            content = json.dumps(body, ensure_ascii=False).encode()
            given["content-type"] = "application/json"
        shown = content.decode(errors="replace") if content is not None else ""
        asked = urlencode({name: _as_text(value) for name, value in (query or {}).items()})
        target = f"{path}{'?' if asked else ''}{asked}"
        wire.sent(f"{method} {target} {shown}".rstrip())
        address = URL(self._url + target, encoded=True)
        try:
            async with self._open().request(
                method, address, headers=given, data=content, allow_redirects=False
            ) as response:
                raw = await response.read()
        except (ClientError, TimeoutError) as error:
            wire.note(f"no answer: {error!r}")
            raise Failure(f"an answer to {method} {path}", (repr(error),)) from error
        text = raw.decode(errors="replace")
        wire.received(f"{response.status} {text}".rstrip())
        return HttpAnswer(response.status, response.headers, _body(response, text))

    def _open(self) -> ClientSession:
        """Return the session, which can only be made while there is a loop; it takes no proxy from the environment."""
        if self._session is None:
            # Servers commonly close what was idle for 5 s: a request must not meet that halfway.
            connector = TCPConnector(limit=64, keepalive_timeout=2.0)
            timeout = ClientTimeout(connect=self._patience, sock_read=self._patience)
            self._session = ClientSession(connector=connector, timeout=timeout, cookie_jar=DummyCookieJar())
        return self._session

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()


def _body(response: ClientResponse, text: str) -> object:
    if not text:
        return None
    try:
        value: object = read_json(text)
    except ValueError:
        kind = response.headers.get("content-type")
        raise Failure(f"JSON in the answer {response.status}", (f"{kind}: {text[:200]}",)) from None
    return value


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
