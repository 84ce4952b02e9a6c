"""REST requests, by httpx."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

import httpx

from palaver_client import wording
from palaver_client.credentials import Credentials, TokenSource
from palaver_client.facts import put
from palaver_wire.client import ConnectionLost, Dialect, Json, NoAnswer, NotConnected, Request, UnexpectedAnswer
from palaver_wire.contract import WireModel

_UNAUTHORIZED = 401
_SIGNS_IN = frozenset({"account.register", "account.login", "account.refresh"})
_SIGNS_OUT = "account.logout"

Parts: TypeAlias = "dict[str, Json]"
"""A request as `x-chat` sees it: `path`, `query` and `body`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and the JSON of an answer, None if it has no body."""

    status: int
    value: Json


class Requests:
    """Asks the REST interface of one server, with the token of one user."""

    def __init__(self, url: str, dialect: Dialect, token: str | TokenSource | None, timeout: float) -> None:
        self._dialect = dialect
        self._timeout = timeout
        self._http = httpx.AsyncClient(base_url=url, trust_env=False)
        refreshing = find_request(dialect, "account.refresh")
        self.credentials = Credentials(token, self._refresh if refreshing else None)

    async def ask(
        self, operation: str, parameters: WireModel | None, body: WireModel | None, timeout: float | None
    ) -> WireModel | None:
        """Ask, and return the model of the answer. Raises what a client's methods raise."""
        request = self._dialect.requests[operation]
        given = {} if parameters is None else wording.written(parameters)
        query = {name: value for name, value in given.items() if name in request.route.query}
        path = {name: value for name, value in given.items() if name not in request.route.query}
        parts: Parts = {"path": path, "query": query, **({} if body is None else {"body": wording.written(body)})}
        answer = await self.send(operation, parts, timeout)
        model = request.route.statuses[answer.status]
        return None if model is None else wording.answer(_title(request), model, answer.value)

    async def send(self, operation: str, parts: Mapping[str, Json], timeout: float | None = None) -> Answer:
        """Ask for an operation, with a new token once more if the present one is not taken.

        Return a success; raises what a client's methods raise.
        """
        request = self._dialect.requests[operation]
        token = await self.credentials.current() if request.route.secured else None
        answer = await self._once(request, parts, token, timeout)
        if answer.status == _UNAUTHORIZED and request.route.secured and self.credentials.renewable:
            answer = await self._once(request, parts, await self.credentials.renew(token), timeout)
        if answer.status not in request.route.statuses:
            raise self._refusal(request, answer)
        if request.meaning.means in _SIGNS_IN:
            self.credentials.learn(answer.value, request.meaning.result)
        if request.meaning.means == _SIGNS_OUT:
            self.credentials.forget()
        return answer

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._http.aclose()

    async def _once(
        self, request: Request, parts: Mapping[str, Json], token: str | None, timeout: float | None
    ) -> Answer:
        path, query = parts.get("path"), parts.get("query")
        title = _title(request)
        address = request.route.path
        for name, value in (path if isinstance(path, dict) else {}).items():
            address = address.replace(f"{{{name}}}", quote(_plain(value), safe=""))
        try:
            response = await self._http.request(
                request.route.method,
                # Relative, so that a path before it is kept.
                address.lstrip("/"),
                params={name: _plain(value) for name, value in (query if isinstance(query, dict) else {}).items()},
                json=parts.get("body"),
                headers={"Authorization": f"Bearer {token}"} if token else {},
                timeout=timeout or self._timeout,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotConnected(f"{title}: no connection: {error}") from error
        except httpx.TimeoutException as error:
            raise NoAnswer(f"{title}: no answer in {timeout or self._timeout:g} s") from error
        except httpx.TransportError as error:
            raise ConnectionLost(f"{title}: {str(error) or type(error).__name__}") from error
        if not response.content:
            return Answer(response.status_code, None)
        try:
            return Answer(response.status_code, response.json())
        except ValueError as error:
            raise UnexpectedAnswer(f"{title}: the answer {response.status_code} is no JSON") from error

    def _refusal(self, request: Request, answer: Answer) -> Exception:
        if answer.status < 400 or request.meaning.error is None:
            return UnexpectedAnswer(f"{_title(request)}: the status {answer.status} is none of the documents'")
        return wording.refusal(self._dialect, _title(request), answer.value, request.meaning.error)

    async def _refresh(self, refresh_token: str) -> None:
        found = find_request(self._dialect, "account.refresh")
        assert found is not None
        parts: Parts = {}
        put(parts, _pointer(found[1], "refresh_token"), refresh_token)
        await self.send(found[0], parts)


def find_request(dialect: Dialect, means: str) -> tuple[str, Request] | None:
    """Return the operation of this meaning and its name; None if the REST interface has none."""
    return next(((name, each) for name, each in dialect.requests.items() if each.meaning.means == means), None)


def _pointer(request: Request, name: str) -> str:
    where = request.meaning.fields[name]
    assert isinstance(where, str)
    return where


def _title(request: Request) -> str:
    return f"{request.route.method} {request.route.path}"


def _plain(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
