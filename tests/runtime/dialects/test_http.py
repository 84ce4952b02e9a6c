"""REST says no in the words of its document, here the gateway's."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
from doubles.gateway import component, token
from pydantic import ValidationError

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site, gateway
from palaver_runtime.dialects._http import Http
from palaver_runtime.dialects.gateway.codec import error_body
from palaver_runtime.domain import errors
from palaver_runtime.domain.limits import Rate
from palaver_runtime.transports.http import (
    BadRequest,
    HttpRefusal,
    NoSuchPath,
    TooLarge,
    UndeclaredResponse,
    UnsupportedMediaType,
    WrongMethod,
)
from palaver_runtime.transports.socketio import SocketLimits
from palaver_wire.gateway import models
from palaver_wire.gateway.errors import CATALOGUE
from palaver_wire.gateway.routes import ROUTES

BY_OPERATION = {each.operation: each for each in ROUTES}
SITE = Site(allowed_origins=(), max_body_bytes=1_024, sockets=SocketLimits(), shutdown_seconds=1)


@pytest.fixture
def http(core: Core) -> Http:
    """The gateway's HTTP side on the running core."""
    return Http(core, CATALOGUE, error_body)


@asynccontextmanager
async def _client(core: Core) -> AsyncIterator[httpx.AsyncClient]:
    surface = gateway.build(core, SITE)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(surface.app), base_url="http://gateway") as client:
        yield client
    await surface.close()


@pytest.fixture
async def client(core: Core) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole dialect, in the name of alice."""
    async with _client(core) as client:
        client.headers["authorization"] = f"Bearer {token('alice')}"
        yield client


def _invalid_body() -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        models.NewMessage.model_validate_json('{"content": "", "x": 1}', strict=True)
    return caught.value


def _code(refusal: HttpRefusal) -> object:
    component("openapi", "ErrorBody").validate(refusal.body)
    assert isinstance(refusal.body, dict)
    return refusal.body["error"]["code"]


REFUSALS = [
    (errors.Unauthorized("no"), 401, "UNAUTHORIZED", {"www-authenticate": "Bearer"}),
    (errors.Forbidden("no"), 403, "FORBIDDEN", {}),
    (errors.NotFound("no"), 404, "NOT_FOUND", {}),
    (errors.Invalid("no"), 400, "VALIDATION_ERROR", {}),
    (errors.Conflict("no"), 409, "CONFLICT", {}),
    (errors.PayloadTooLarge("no"), 413, "PAYLOAD_TOO_LARGE", {}),
    (errors.RateLimited("no", 1.2), 429, "RATE_LIMITED", {"retry-after": "2"}),
    (errors.RateLimited("no", 0.001), 429, "RATE_LIMITED", {"retry-after": "1"}),
    (errors.Internal(), 500, "INTERNAL_ERROR", {}),
    (errors.Unavailable("secret"), 503, "SERVICE_UNAVAILABLE", {}),
    (BadRequest([("/query/limit", "is no number")]), 400, "VALIDATION_ERROR", {}),
    (UnsupportedMediaType(), 400, "VALIDATION_ERROR", {}),
    (TooLarge(10), 413, "PAYLOAD_TOO_LARGE", {}),
    (UndeclaredResponse("secret"), 500, "INTERNAL_ERROR", {}),
    (RuntimeError("secret"), 500, "INTERNAL_ERROR", {}),
]


@pytest.mark.parametrize(("error", "status", "code", "headers"), REFUSALS, ids=lambda each: type(each).__name__)
async def test_refusal_has_its_status_code_and_headers(
    http: Http, error: Exception, status: int, code: str, headers: dict[str, str]
) -> None:
    """Each failure has the status of its code in the catalogue, the headers of HTTP, and nothing of ours inside."""
    # This operation's document names every code that is tried here.
    refusal = http.refuse(error, BY_OPERATION["addParticipant"])
    assert (refusal.status, _code(refusal), refusal.headers) == (status, code, headers)
    assert "secret" not in str(refusal.body)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(NoSuchPath(), 404, "NOT_FOUND"), (WrongMethod(["GET"]), 405, "VALIDATION_ERROR")],
)
async def test_request_without_operation_is_refused(http: Http, error: Exception, status: int, code: str) -> None:
    """A path or a method that does not exist is refused in the same shape."""
    refusal = http.refuse(error, None)
    assert (refusal.status, _code(refusal)) == (status, code)


async def test_refused_fields_are_named(http: Http) -> None:
    """The answer names each refused field of the body or of the query."""
    route = BY_OPERATION["createMessage"]
    details = [
        http.refuse(error, route).body["error"]["details"]["fields"]
        for error in (_invalid_body(), BadRequest([("/query/limit", "is no number")]))
    ]
    assert [each["field"] for each in details[0]] == ["/content", "/x"]
    assert details[1] == [{"field": "/query/limit", "problem": "is no number"}]


async def test_undeclared_code_is_ours(http: Http, caplog: pytest.LogCaptureFixture) -> None:
    """A refusal that the document does not name for the operation is answered as our failure, and logged."""
    refusal = http.refuse(errors.Conflict("the private reason"), BY_OPERATION["getMe"])
    assert (refusal.status, _code(refusal)) == (500, "INTERNAL_ERROR")
    assert "private" not in str(refusal.body)
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "getMe" in record.getMessage()
    assert "CONFLICT" in record.getMessage()


@pytest.mark.parametrize(
    "operation", [each.operation for each in ROUTES if each.body is not None or each.parameters is not None]
)
def test_malformed_requests_are_declared(operation: str) -> None:
    """Whatever has parameters or a body can be malformed, and its document says so."""
    assert "VALIDATION_ERROR" in BY_OPERATION[operation].errors


# Who calls.


async def test_bearer_token_is_the_caller(http: Http) -> None:
    """The bearer token says who calls; the scheme's case and blanks do not matter."""
    for scheme in ("Bearer ", "bearer  "):
        caller = await http.authenticate({"authorization": scheme + token("alice")})
        assert caller.user_id == "alice"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "TOKEN"])
async def test_without_a_bearer_token_nobody_calls(http: Http, header: str | None) -> None:
    """Any other header, or none, is refused."""
    headers = {} if header is None else {"authorization": header.replace("TOKEN", token("alice"))}
    with pytest.raises(errors.Unauthorized):
        await http.authenticate(headers)


async def test_requests_are_counted(open_core: Callable[..., AbstractAsyncContextManager[Core]]) -> None:
    """A caller's requests count for the rate, and one too many is refused; another caller is not concerned."""
    async with open_core(limit_requests=Rate(1, 60)) as core:
        http = Http(core, CATALOGUE, error_body)
        await http.authenticate({"authorization": f"Bearer {token('alice')}"})
        with pytest.raises(errors.RateLimited):
            await http.authenticate({"authorization": f"Bearer {token('alice')}"})
        await http.authenticate({"authorization": f"Bearer {token('bob')}"})


# The whole way.


async def test_answers_come_as_the_document_says(client: httpx.AsyncClient) -> None:
    """A request finds its operation in the caller's name."""
    answer = await client.get("/users/me")
    assert (answer.status_code, answer.json()["id"]) == (200, "alice")


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/users/me?x=1", {}, 400, "VALIDATION_ERROR"),
        ("POST", "/auth/logout", {"json": {}}, 400, "VALIDATION_ERROR"),
        ("POST", "/auth/logout", {"content": b"x" * 2_000}, 413, "PAYLOAD_TOO_LARGE"),
        ("GET", "/conversations?limit=five", {}, 400, "VALIDATION_ERROR"),
        ("GET", "/conversations?cursor=x", {}, 400, "VALIDATION_ERROR"),
        ("POST", "/conversations", {"json": []}, 400, "VALIDATION_ERROR"),
        ("GET", "/users/me", {"headers": {"authorization": "Bearer bad"}}, 401, "UNAUTHORIZED"),
        ("GET", "/nowhere", {}, 404, "NOT_FOUND"),
        ("DELETE", "/users/me", {}, 405, "VALIDATION_ERROR"),
    ],
)
async def test_bad_requests_are_never_our_failure(
    client: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
    options: dict[str, object],
    status: int,
    code: str,
) -> None:
    """A request that no document describes gets its own status, whatever codes the operation names."""
    answer = await client.request(method, path, **options)
    component("openapi", "ErrorBody").validate(answer.json())
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []
    if status == 405:
        assert "GET" in answer.headers["allow"]
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_failure_is_logged_once(
    core: Core, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What breaks in a handler is answered without its text and stands in the log, once."""

    async def broken(caller: object) -> None:
        raise RuntimeError("the secret of the database")

    monkeypatch.setattr(core.accounts, "me", broken)
    answer = await client.get("/users/me")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "INTERNAL_ERROR")
    assert "secret" not in answer.text
    (record,) = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert record.exc_info is not None
    assert "the secret of the database" in str(record.exc_info[1])
