"""REST requests, recorded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from palaver_conformance.errors import Failure
from palaver_conformance.trace import Wire


@dataclass(frozen=True)
class HttpAnswer:
    """A response: `body` is its JSON, None when it has no content."""

    status: int
    headers: Mapping[str, str]
    body: object


class HttpClient:
    """A client of one server, with a pool of connections; close it with `close()`."""

    def __init__(self, url: str, patience: float) -> None:
        # An own transport keeps proxies of the environment out of the way.
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"),
            timeout=patience,
            trust_env=False,
            # Servers commonly close what was idle for 5 s: a request must not meet that halfway.
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=2.0),
        )

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
    ) -> HttpAnswer:
        """Send a request and return its answer.

        `path` may hold `{names}` that `parameters` fill in. Raises Failure when there is no answer, or one that
        says JSON and is not.
        """
        for name, value in (parameters or {}).items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        given = dict(headers or {})
        content = None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False).encode()
            given["content-type"] = "application/json"
        shown = content.decode(errors="replace") if content is not None else ""
        asked = {name: _as_text(value) for name, value in (query or {}).items()}
        wire.sent(f"{method} {path}{'?' if asked else ''}{httpx.QueryParams(asked)} {shown}".rstrip())
        try:
            response = await self._client.request(method, path, params=asked or None, headers=given, content=content)
        except httpx.HTTPError as error:
            wire.note(f"no answer: {error!r}")
            raise Failure(f"an answer to {method} {path}", (repr(error),)) from error
        wire.received(f"{response.status_code} {response.text}".rstrip())
        return HttpAnswer(response.status_code, response.headers, _body(response))

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


def _body(response: httpx.Response) -> object:
    if not response.content:
        return None
    try:
        value: object = response.json()
    except ValueError:
        kind = response.headers.get("content-type")
        raise Failure(f"JSON in the answer {response.status_code}", (f"{kind}: {response.text[:200]}",)) from None
    return value


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
