"""Calls over gRPC of any dialect: who calls, and how it says no."""

import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

import grpc
from pydantic import ValidationError

from palaver_runtime.core import Core
from palaver_runtime.dialects._reading import invalid
from palaver_runtime.domain.errors import ChatError, Internal, Invalid, PayloadTooLarge, Unavailable
from palaver_runtime.domain.values import Caller
from palaver_runtime.transports.grpc import Call, CallRefusal, CallRefused, Overloaded, TooLarge
from palaver_wire.contract import ErrorSpec, Metadata

E = TypeVar("E", bound=StrEnum)

logger = logging.getLogger(__name__)

# What the statuses of HTTP in the catalogue are in gRPC.
_STATUSES: Final = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    409: grpc.StatusCode.FAILED_PRECONDITION,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
}


class Calls:
    """Implements `CallDialect` for the calls of a dialect; `catalogue` has its codes, `metadata` places of tokens."""

    def __init__(self, core: Core, catalogue: Mapping[E, ErrorSpec], metadata: Metadata) -> None:
        self._core = core
        self._statuses = {
            str(code): _STATUSES.get(entry.status, grpc.StatusCode.INTERNAL) for code, entry in catalogue.items()
        }
        self._metadata = metadata

    async def authenticate(self, metadata: Mapping[str, str]) -> Caller:
        """Give whom the token stands for, and count the call."""
        caller = await self._core.accounts.authenticate(self._token(metadata))
        await self._core.limits.request(caller.user_id)
        return caller

    def refuse(self, error: Exception, call: Call) -> CallRefusal:
        """Turn any failure into a code with its status and text; only with codes that the document names."""
        refusal = _refusal(error)
        if isinstance(error, TooLarge):
            self._core.meter.refused("body_bytes")
        if refusal.code not in call.errors:
            logger.error("%s refused with %s, which its document does not name", call.key, refusal.code)
            refusal = Internal()
        return CallRefusal(self._statuses.get(refusal.code, grpc.StatusCode.INTERNAL), refusal.code, refusal.message)

    def _token(self, metadata: Mapping[str, str]) -> str | None:
        given = metadata.get(self._metadata.token or "", "")
        if self._metadata.scheme is None:
            return given or None
        scheme, _, token = given.partition(" ")
        return token.strip() if scheme.lower() == self._metadata.scheme.lower() else None


def _refusal(error: Exception) -> ChatError:
    match error:
        case ChatError():
            return error
        case ValidationError():
            return invalid(error)
        case TooLarge():
            return PayloadTooLarge(str(error))
        case Overloaded():
            return Unavailable(str(error))
        case CallRefused():
            return Invalid(str(error))
        case _:
            return Internal()
