"""REST requests, against a server that is a function."""

import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from palaver_client.requests import Requests, find_request
from palaver_wire.client import ConnectionLost, NoAnswer, NotConnected, UnexpectedAnswer
from palaver_wire.gateway import models
from palaver_wire.gateway.client import DIALECT, Refused

Handler = Callable[[httpx.Request], httpx.Response]
USER = {"id": "alice", "username": "alice", "displayName": "Alice", "createdAt": "2026-11-20T09:30:00.000Z"}
SESSION = {"accessToken": "new", "refreshToken": "next", "tokenType": "Bearer", "expiresIn": 900, "user": USER}
UNAUTHORIZED = {"error": {"code": "UNAUTHORIZED", "message": "who?"}}


@pytest.fixture
async def requests() -> AsyncIterator[Requests]:
    """Requests with a token, to nowhere yet."""
    requests = Requests("http://server.test/prefix", DIALECT, "old", 5.0)
    yield requests
    await requests.close()


async def answer(requests: Requests, handler: Handler) -> None:
    """Let a function be the server."""
    await requests._http.aclose()
    transport = httpx.MockTransport(handler)
    requests._http = httpx.AsyncClient(base_url="http://server.test/prefix", transport=transport)


async def test_parts_go_where_they_belong(requests: Requests) -> None:
    """Path, query, body and token, below the path of the server; what is not given is not there."""
    asked: list[tuple[str, str, object, str | None]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        asked.append((request.method, request.url.raw_path.decode(), body, request.headers.get("Authorization")))
        if request.method == "PATCH":
            return httpx.Response(403, json={"error": {"code": "FORBIDDEN", "message": "no", "details": {}}})
        return httpx.Response(200, json={"messages": [], "hasMore": False, "more": "than the documents have"})

    await answer(requests, handler)
    parameters = models.ListMessagesParameters(conversation_id="6565f1a2b3c4d5e6f7a8b901", limit=5)
    page = await requests.ask("listMessages", parameters, None, None)
    assert page == models.MessagePage(messages=[], has_more=False)
    change = models.ConversationChange(name="a/b")
    with pytest.raises(Refused) as refused:
        await requests.ask(
            "updateConversation", models.UpdateConversationParameters(conversation_id="f" * 24), change, None
        )
    assert refused.value.code == "FORBIDDEN"
    path = "/prefix/conversations/6565f1a2b3c4d5e6f7a8b901/messages?limit=5"
    assert asked == [
        ("GET", path, None, "Bearer old"),
        ("PATCH", f"/prefix/conversations/{'f' * 24}", {"name": "a/b"}, "Bearer old"),
    ]


async def test_signing_in_gives_the_token_for_what_comes(requests: Requests) -> None:
    """Sign in without a token, ask with it, be refused, refresh, ask again; sign out and have none."""
    shown: list[tuple[str, str | None]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        token = request.headers.get("Authorization")
        shown.append((request.url.path.removeprefix("/prefix"), token))
        if "login" in request.url.path:
            return httpx.Response(200, json={**SESSION, "accessToken": "stale", "refreshToken": "first"})
        if "refresh" in request.url.path:
            assert json.loads(request.content) == {"refreshToken": "first"}
            return httpx.Response(200, json=SESSION)
        if "logout" in request.url.path:
            return httpx.Response(204)
        return httpx.Response(200, json=USER) if token == "Bearer new" else httpx.Response(401, json=UNAUTHORIZED)

    await answer(requests, handler)
    await requests.ask("login", None, models.Credentials(username="alice", password="correct horse"), None)
    assert isinstance(await requests.ask("getMe", None, None, None), models.User)
    await requests.ask("logout", None, None, None)
    with pytest.raises(Refused):
        await requests.ask("getMe", None, None, None)
    assert shown == [
        ("/auth/login", None),
        ("/users/me", "Bearer stale"),
        ("/auth/refresh", None),
        ("/users/me", "Bearer new"),
        ("/auth/logout", "Bearer new"),
        ("/users/me", None),
    ]


@pytest.mark.parametrize(
    ("response", "error", "said"),
    [
        (httpx.Response(200, json={"id": "alice"}), UnexpectedAnswer, "GET /users/me: .* Field required"),
        (httpx.Response(200, text="<html>"), UnexpectedAnswer, "no JSON"),
        (httpx.Response(302), UnexpectedAnswer, "302"),
        (httpx.Response(502, json={"oops": 1}), UnexpectedAnswer, "no code of the documents"),
        (httpx.ConnectError("nobody there"), NotConnected, "nobody there"),
        (httpx.ReadTimeout(""), NoAnswer, "no answer in 5 s"),
        (httpx.ReadError(""), ConnectionLost, "ReadError"),
    ],
)
async def test_what_goes_wrong_is_told_apart(
    requests: Requests, response: httpx.Response | Exception, error: type[Exception], said: str
) -> None:
    """An answer outside the documents, no connection, no answer, half a connection."""

    def handler(_: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response

    await answer(requests, handler)
    with pytest.raises(error, match=said):
        await requests.ask("getMe", None, None, None)


def test_operation_is_found_by_its_meaning() -> None:
    """None where the documents have none."""
    found = find_request(DIALECT, "account.login")
    assert found is not None
    assert found[0] == "login"
    assert find_request(DIALECT, "retention.cleanup") is None
