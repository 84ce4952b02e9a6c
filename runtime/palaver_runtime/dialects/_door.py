"""The door of any dialect: what the core says of addresses and connections, in the dialect's words."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Final, TypeVar

from palaver_runtime.core import Core
from palaver_runtime.dialects import Site
from palaver_runtime.dialects._http import Http, refusal_of
from palaver_runtime.domain.values import Caller
from palaver_runtime.transports.door import Door, Refused
from palaver_wire.contract import BoundCall, BoundRoute, ErrorSpec

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_UNAVAILABLE: Final = 503
"""The status of a code that no catalogue has."""


def door(core: Core, site: Site, http: Http) -> Door:
    """Make the door of a dialect that has REST: it refuses as that does."""

    def refuse(error: Exception) -> Refused:
        refusal = http.refuse(error, None)
        return refusal.status, refusal.body, refusal.headers

    return _door(core, site, refuse)


def plain_door(core: Core, site: Site, catalogue: Mapping[E, ErrorSpec]) -> Door:
    """Make the door of a dialect without REST, whose documents have no body for a refusal: code and message."""
    statuses = {str(code): entry.status for code, entry in catalogue.items()}

    def refuse(error: Exception) -> Refused:
        refusal = refusal_of(error)
        return statuses.get(refusal.code, _UNAVAILABLE), {"code": refusal.code, "message": refusal.message}, {}

    return _door(core, site, refuse)


def _door(core: Core, site: Site, refuse: Callable[[Exception], Refused]) -> Door:
    def at_once(address: str) -> bool:
        return core.seats.free(address) and core.limits.address_at_once(address)

    return Door(
        proxies=site.proxies,
        fairness=core.fairness,
        admit=core.limits.address,
        seat=core.seats.take,
        at_once=at_once,
        refuse=refuse,
    )


def limited_routes(core: Core, routes: Sequence[BoundRoute[Caller]]) -> tuple[BoundRoute[Caller], ...]:
    """Count the requests of each caller by what they mean, those of strangers left out."""
    return tuple(
        replace(each, call=partial(_limited, core, each.route.means, each.call)) if each.route.secured else each
        for each in routes
    )


def limited_calls(core: Core, calls: Sequence[BoundCall[Caller]]) -> tuple[BoundCall[Caller], ...]:
    """Do so with calls."""
    return tuple(
        replace(each, handle=partial(_limited, core, each.call.means, each.handle)) if each.call.secured else each
        for each in calls
    )


async def _limited(core: Core, means: str, call: Callable[..., Awaitable[T]], caller: Caller, *rest: object) -> T:
    await core.limits.kind(caller.user_id, means)
    return await call(caller, *rest)
