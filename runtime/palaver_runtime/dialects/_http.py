"""REST of any dialect: who calls, and how it says no."""

import logging
from collections.abc import Callable, Mapping
from enum import StrEnum
from math import ceil
from typing import Final, TypeVar

from pydantic import ValidationError

from palaver_runtime.about import note
from palaver_runtime.core import Core
from palaver_runtime.dialects._reading import invalid
from palaver_runtime.dialects._voice import bearer
from palaver_runtime.domain.errors import (
    ChatError,
    ConnectionRefused,
    Internal,
    Invalid,
    NotFound,
    PayloadTooLarge,
    Problem,
    RateLimited,
    Unauthorized,
)
from palaver_runtime.domain.values import Caller
from palaver_runtime.transports.door import Late
from palaver_runtime.transports.http import (
    BadRequest,
    HttpRefusal,
    NoSuchPath,
    RequestRefused,
    Route,
    TooDeep,
    TooLarge,
    TooMany,
    WrongMethod,
)
from palaver_wire.contract import ErrorSpec, WireModel

E = TypeVar("E", bound=StrEnum)

logger = logging.getLogger(__name__)

_METHOD_NOT_ALLOWED: Final = 405
_LARGE: Final = 65_536
_LIMITS: Final[Mapping[type[Exception], str]] = {TooLarge: "body_bytes", TooDeep: "depth", TooMany: "values"}


class Http:
    """Implements `HttpDialect` for the routes of a dialect: `catalogue` has its codes, `body` writes a refusal."""

    def __init__(self, core: Core, catalogue: Mapping[E, ErrorSpec], body: Callable[[ChatError], WireModel]) -> None:
        self._core = core
        self._statuses = {str(code): entry.status for code, entry in catalogue.items()}
        self._body = body

    async def authenticate(self, headers: Mapping[str, str]) -> Caller:
        """Give whom the bearer token stands for, and count the request."""
        caller = await self._core.accounts.authenticate(bearer(headers))
        note(user=caller.user_id)
        await self._core.limits.request(caller.user_id, _size(headers))
        return caller

    def refuse(self, error: Exception, route: Route | None) -> HttpRefusal:
        """Turn any failure into the status of its code and an error body; only with codes that the document names."""
        refusal = refusal_of(error)
        if (limit := _LIMITS.get(type(error))) is not None:
            self._core.meter.refused(limit)
        if route is not None and refusal.code not in route.errors:
            logger.error("%s refused with %s, which its document does not name", route.operation, refusal.code)
            refusal = Internal()
        status = _METHOD_NOT_ALLOWED if isinstance(error, WrongMethod) else self._statuses[refusal.code]
        headers = {}
        if isinstance(refusal, RateLimited):
            headers["retry-after"] = str(ceil(refusal.retry_after))
        if isinstance(refusal, Unauthorized):
            headers["www-authenticate"] = "Bearer"
        return HttpRefusal(status, self._body(refusal).model_dump(mode="json", by_alias=True), headers)


def _size(headers: Mapping[str, str]) -> int:
    """Return how many bytes a body is said to have; one that does not say so is taken for a large one."""
    if "transfer-encoding" in headers:
        return _LARGE
    said = headers.get("content-length", "0")
    return min(int(said), _LARGE) if said.isdecimal() else 0


def refusal_of(error: Exception) -> ChatError:
    """Turn any failure into what the core would have said."""
    match error:
        case ChatError():
            return error
        case ValidationError():
            return invalid(error)
        case BadRequest(problems=problems):
            return Invalid(str(error), [Problem(pointer, text) for pointer, text in problems])
        case TooLarge():
            return PayloadTooLarge(str(error))
        case Late():
            return ConnectionRefused(str(error))
        case NoSuchPath():
            return NotFound(str(error))
        case RequestRefused():
            return Invalid(str(error))
        case _:
            return Internal()
