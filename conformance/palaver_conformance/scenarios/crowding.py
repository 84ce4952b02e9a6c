"""What all of an address, or all of a server, share. It is used up here, so that nobody else can play meanwhile.

These bounds are met only where they are known.
"""

import asyncio
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from palaver_conformance.drivers.opening import Opening, opening
from palaver_conformance.drivers.page import Page, PageAnswer
from palaver_conformance.errors import NotApplicable, Refused
from palaver_conformance.expectation import admitted, ensure, equal
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario
from palaver_conformance.setting import Setting

_EACH = "design, Limits: each has a setting, a metric and an error code"
_MOST = 300
_AT_ONCE = 25
_NOWHERE = "/no-such-path"
_TOO_MANY = 429
_OPEN = 101
_FULL = 503


@scenario("limits.connections.address", source=_EACH, alone=True, limit="address")
async def connections_of_an_address_are_bounded(stage: Stage, newcomer: Actor) -> None:
    """Connections by address: one too many is refused before it is one, with CONNECTION_ERROR."""
    limits = newcomer.setting.subject.limits
    if limits.address is None or (limits.total is not None and limits.total < limits.address):
        raise NotApplicable("how many connections an address may have is not known, or more than all have together")
    await _one_too_many(stage, newcomer, limits.address, "of one address")


@scenario("limits.connections.total", source=_EACH, alone=True, limit="total")
async def connections_in_all_are_bounded(stage: Stage, newcomer: Actor) -> None:
    """Connections in all: one too many is refused before it is one, with CONNECTION_ERROR."""
    limits = newcomer.setting.subject.limits
    if limits.total is None or (limits.address is not None and limits.address <= limits.total):
        raise NotApplicable("how many connections there may be is not known, or an address may not have so many")
    await _one_too_many(stage, newcomer, limits.total, "in all")


@scenario("limits.connections.joining", source=_EACH, alone=True, limit="joining")
async def connections_that_nobody_joins_are_bounded(stage: Stage, newcomer: Actor) -> None:
    """Connections of an address that nobody joins: one too many is refused before it is one, with CONNECTION_ERROR."""
    limits = newcomer.setting.subject.limits
    if newcomer.handshake.tag is not None:
        raise NotApplicable("who opens a bare WebSocket says at once who it is")
    if limits.joining is None or any(
        each is not None and each <= limits.joining for each in (limits.address, limits.total)
    ):
        raise NotApplicable("how many connections may wait to be joined is not known, or as many as there may be")
    await _one_too_many(stage, newcomer, limits.joining, "that nobody has joined")


@scenario("limits.requests.address", source=_EACH, alone=True, limit="address_requests")
async def requests_of_an_address_are_limited(stage: Stage) -> None:
    """Rate by address: whoever it is, one too many is refused with RATE_LIMITED and 429, until cooldown."""
    setting = stage.setting
    known = setting.subject.limits.address_requests
    if known is None or known > _MOST:
        raise NotApplicable("how many requests an address may make is not known, or more than a scenario makes")
    refusals: list[PageAnswer] = []
    # Twice as many: the limit may be lifted a little already while they arrive.
    for _ in range(0, 2 * known, _AT_ONCE):
        answers = await asyncio.gather(*(_ask(setting) for _ in range(_AT_ONCE)))
        refusals += [each for each in answers if each.status == _TOO_MANY]
        if refusals:
            break
    ensure(bool(refusals), f"a limit within {2 * known} requests of nobody in particular", "all were answered")
    ensure(all("RATE_LIMITED" in each.body for each in refusals), "the code RATE_LIMITED", refusals[0].body)
    await admitted(lambda: _allowed(setting), setting.timing.expiry)


async def _one_too_many(stage: Stage, newcomer: Actor, most: int, of_whom: str) -> None:
    """Open one connection too many, and fail unless one is refused."""
    if most > _MOST:
        raise NotApplicable(f"{most} connections are more than a scenario opens")
    people = [newcomer] * (most + 1)
    if newcomer.handshake.tag is not None:
        # Who opens a bare WebSocket has to be somebody, and nobody has so many connections.
        people = [await stage.newcomer(f"guest-{number}") for number in range(most + 1)]
    async with AsyncExitStack() as stack:
        # All at once: those that do not join are not kept for long.
        openings = [stack.enter_async_context(_open(each)) for each in people]
        refusals = [each for each in await asyncio.gather(*openings) if each.status != _OPEN]
    ensure(bool(refusals), f"connection {most + 1} {of_whom} to be refused", "it was accepted")
    told = [each.body for each in refusals]
    ensure(all("CONNECTION_ERROR" in each for each in told), "the code CONNECTION_ERROR", told)
    equal({each.status for each in refusals}, {_FULL}, "the status of the refusals")


def _open(user: Actor) -> AbstractAsyncContextManager[Opening]:
    setting, field = user.setting, user.handshake.query_field
    return opening(
        setting.subject.urls[0],
        user.handshake,
        setting.trace.wire(f"{user.name}/opening", 0),
        setting.timing.connect,
        query={} if field is None or user.handshake.tag is None else {field: user.account.access_token},
    )


async def _ask(setting: Setting) -> PageAnswer:
    page = Page(setting.subject.urls[0], setting.trace.wire("nobody/requests"), setting.timing.reply)
    return await page.request("GET", _NOWHERE, None, {}, {})


async def _allowed(setting: Setting) -> None:
    answer = await _ask(setting)
    if answer.status == _TOO_MANY:
        raise Refused(f"GET {_NOWHERE}", "RATE_LIMITED", answer.body, {})
