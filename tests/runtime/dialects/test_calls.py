"""gRPC says no in the words of its document, here the toy's with our codes."""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import grpc
import pytest
from doubles.bell import RING, models
from doubles.gateway import token
from pydantic import ValidationError

from palaver_runtime.core import Core
from palaver_runtime.dialects._calls import Calls
from palaver_runtime.domain import errors
from palaver_runtime.domain.limits import Rate
from palaver_runtime.transports.grpc import Overloaded, TooLarge, UndeclaredAnswer, Undecodable
from palaver_wire.contract import Metadata
from palaver_wire.gateway.errors import CATALOGUE

STATUS = grpc.StatusCode
METADATA = Metadata(token="authorization", scheme="Bearer", code=None)
EVERY_CODE = replace(RING, errors=frozenset(CATALOGUE))


def _invalid_request() -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        models.RingRequest.model_validate_json('{"roomId": "r1", "text": "secret", "times": 9, "mood": "calm"}')
    return caught.value


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.Unauthorized("no"), STATUS.UNAUTHENTICATED, "UNAUTHORIZED"),
        (errors.Forbidden("no"), STATUS.PERMISSION_DENIED, "FORBIDDEN"),
        (errors.NotFound("no"), STATUS.NOT_FOUND, "NOT_FOUND"),
        (errors.Invalid("no"), STATUS.INVALID_ARGUMENT, "VALIDATION_ERROR"),
        (errors.Conflict("no"), STATUS.FAILED_PRECONDITION, "CONFLICT"),
        (errors.PayloadTooLarge("no"), STATUS.RESOURCE_EXHAUSTED, "PAYLOAD_TOO_LARGE"),
        (errors.RateLimited("no", 1.2), STATUS.RESOURCE_EXHAUSTED, "RATE_LIMITED"),
        (errors.Internal(), STATUS.INTERNAL, "INTERNAL_ERROR"),
        (errors.Unavailable("secret"), STATUS.UNAVAILABLE, "SERVICE_UNAVAILABLE"),
        (_invalid_request(), STATUS.INVALID_ARGUMENT, "VALIDATION_ERROR"),
        (Undecodable(), STATUS.INVALID_ARGUMENT, "VALIDATION_ERROR"),
        (TooLarge(10), STATUS.RESOURCE_EXHAUSTED, "PAYLOAD_TOO_LARGE"),
        (Overloaded(), STATUS.UNAVAILABLE, "SERVICE_UNAVAILABLE"),
        (UndeclaredAnswer("secret"), STATUS.INTERNAL, "INTERNAL_ERROR"),
        (RuntimeError("secret"), STATUS.INTERNAL, "INTERNAL_ERROR"),
    ],
    ids=lambda each: type(each).__name__,
)
async def test_refusal_has_its_status_and_code(core: Core, error: Exception, status: STATUS, code: str) -> None:
    """Each failure has the status that belongs to its code in the catalogue, and nothing of ours inside."""
    refusal = Calls(core, CATALOGUE, METADATA).refuse(error, EVERY_CODE)
    assert (refusal.status, refusal.code) == (status, code)
    assert "secret" not in refusal.message


async def test_undeclared_code_is_ours(core: Core, caplog: pytest.LogCaptureFixture) -> None:
    """A refusal that the document does not name for the call is answered as our failure, and logged."""
    call = replace(RING, errors=frozenset({"UNAUTHORIZED"}))
    refusal = Calls(core, CATALOGUE, METADATA).refuse(errors.Conflict("the private reason"), call)
    assert (refusal.status, refusal.code) == (STATUS.INTERNAL, "INTERNAL_ERROR")
    assert "private" not in refusal.message
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "toy.bell.Bell/Ring" in record.getMessage()
    assert "CONFLICT" in record.getMessage()


async def test_token_stands_where_the_document_says(core: Core) -> None:
    """After the scheme, whose case does not matter, or as the whole value where there is none."""
    calls = Calls(core, CATALOGUE, METADATA)
    for scheme in ("Bearer ", "bearer  "):
        assert (await calls.authenticate({"authorization": scheme + token("alice")})).user_id == "alice"
    bare = Calls(core, CATALOGUE, Metadata(token="x-token", scheme=None, code=None))
    assert (await bare.authenticate({"x-token": token("bob")})).user_id == "bob"


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "TOKEN"])
async def test_without_a_token_nobody_calls(core: Core, value: str | None) -> None:
    """Any other value, or none, is refused."""
    metadata = {} if value is None else {"authorization": value.replace("TOKEN", token("alice"))}
    with pytest.raises(errors.Unauthorized):
        await Calls(core, CATALOGUE, METADATA).authenticate(metadata)


async def test_calls_are_counted(open_core: Callable[..., AbstractAsyncContextManager[Core]]) -> None:
    """A caller's calls count for the rate of requests, and one too many is refused."""
    async with open_core(limit_requests=Rate(1, 60)) as core:
        calls = Calls(core, CATALOGUE, METADATA)
        await calls.authenticate({"authorization": f"Bearer {token('alice')}"})
        with pytest.raises(errors.RateLimited):
            await calls.authenticate({"authorization": f"Bearer {token('alice')}"})
