"""What scenarios assert with: each of these raises Failure, with what was expected and what arrived."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

from palaver_conformance.errors import Failure, Refused
from palaver_conformance.people.device import Device

T = TypeVar("T")

_PAUSE = 0.25


def ensure(holds: bool, expected: str, *arrived: object) -> None:
    """Fail unless the condition holds; `expected` says what it means."""
    if not holds:
        raise Failure(expected, [repr(each) for each in arrived])


def equal(actual: object, expected: object, what: str) -> None:
    """Fail unless both are equal."""
    if actual != expected:
        raise Failure(f"{what} to be {expected!r}", (repr(actual),))


async def refused(request: Awaitable[object], code: str) -> Refused:
    """Await a request that must be refused for this reason, and return the refusal."""
    try:
        answer = await request
    except Refused as refusal:
        if refusal.code != code:
            raise Failure(f"{refusal.request} to be refused with {code}", refusal.arrived) from None
        return refusal
    raise Failure(f"a refusal with {code}", (f"it was carried out: {answer!r}",))


async def admitted(request: Callable[[], Awaitable[T]], patience: float) -> T:
    """Make a request, again while it is one too many, at the pace of somebody who was told to wait."""
    try:
        async with asyncio.timeout(patience):
            while True:
                try:
                    return await request()
                except Refused as refusal:
                    if refusal.code != "RATE_LIMITED":
                        raise
                    await asyncio.sleep(_PAUSE)
    except TimeoutError:
        raise Failure(f"requests to be accepted again within {patience:g} s", ("RATE_LIMITED",)) from None


async def everywhere(devices: Iterable[Device], means: str, where: Mapping[str, object]) -> None:
    """Wait until each of the connections has received the event."""
    for device in devices:
        await device.expect(means, where)


def once(devices: Iterable[Device], means: str, where: Mapping[str, object]) -> None:
    """Fail unless each of the connections has received the event exactly once; to be used behind a fence."""
    for device in devices:
        events = device.received(means, where)
        if len(events) != 1:
            expected = f"{device.name} to have received {means} with {dict(where)!r} exactly once"
            raise Failure(expected, [str(event) for event in events] or ["nothing of the kind"])


def never(devices: Iterable[Device], means: str, where: Mapping[str, object]) -> None:
    """Fail if one of the connections has received the event; to be used behind a fence."""
    for device in devices:
        events = device.received(means, where)
        if events:
            expected = f"{device.name} never to receive {means} with {dict(where)!r}"
            raise Failure(expected, [str(event) for event in events])
