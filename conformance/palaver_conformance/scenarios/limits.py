"""How much is too much."""

import asyncio
import time
from contextlib import suppress

from palaver_conformance.errors import Failure, NotApplicable, Refused
from palaver_conformance.expectation import admitted, ensure, equal, refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.device import Asked, Device
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import BUSY, scenario

_EACH = "design, Limits: per user across sockets and instances"
_BURSTS = 10
_AT_ONCE = 60
_OVER = 4096
_FLOODING = 4


@scenario(
    "limits.messages.rate",
    case="G20",
    source="Phase 4 guide, Test 20",
    needs=("message.send@socket", "message.created"),
    slow=True,
)
async def rapid_messages_are_limited_for_their_sender_only(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """After limit, error with RATE_LIMITED code; messages rejected until cooldown."""
    operation = alice.socket_operation("message.send")
    if "RATE_LIMITED" not in operation.errors:
        raise NotApplicable(f"{operation.name} does not name the code RATE_LIMITED")
    most = alice.setting.subject.limits.flood
    deadline = _deadline(alice)
    accepted: list[str] = []
    refusals: list[Refused] = []
    for start in range(0, most, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, most))
        flood = [{**alice.address(operation, room), "content": f"flood {number}"} for number in numbers]
        # One after the other: the patience is for each answer after the one before, not for all of a burst.
        for each in await alice.hurry("message.send", flood):
            try:
                accepted.append((await alice.device.answer(operation, each)).ident("message"))
            except Refused as refusal:
                refusals.append(refusal)
        if refusals:
            break
        _in_time(deadline, len(accepted))
    ensure(bool(refusals), f"a limit within {most} messages", "all were accepted")
    ensure(bool(accepted), "some messages to be accepted before the limit", refusals[0])
    equal({refusal.code for refusal in refusals}, {"RATE_LIMITED"}, "the reason of the refusals")
    ensure(all(refusal.details for refusal in refusals), "details about when to try again", refusals[0].details)
    await bob.send(room, "a bystander")
    await stage.fence(bob, bob, room=room)
    heard = bob.device.received("message.created", {"message.sender": alice.user})
    equal([event.facts.facts("message").id for event in heard], accepted, "the messages that arrived")
    await _recovers(alice, room)


@scenario("limits.messages.devices", source=_EACH, needs=("message.send@socket", "message.created"), tags=(BUSY,))
async def a_limit_counts_over_all_connections(stage: Stage, alice: Actor, newcomer: Actor) -> None:
    """Limits are per user, across sockets: a second connection gives no more."""
    await counts_elsewhere(stage, alice, newcomer, instance=0)


@scenario("limits.event.oversized", source="error catalogue, PAYLOAD_TOO_LARGE", needs=("message.send@socket",))
async def an_oversized_event_is_refused(alice: Actor, room: Facts) -> None:
    """An event is larger than 64 KiB, or a request body is; the server lives on."""
    handshake = alice.setting.contract.handshake
    if handshake is None or handshake.max_event_bytes is None:
        raise NotApplicable("the documents do not say how large an event may be")
    content = "x" * (handshake.max_event_bytes + _OVER)
    values = {**alice.address(alice.socket_operation("message.send"), room), "content": content}
    await refused(alice.attempt("message.send", values, via="socket"), "PAYLOAD_TOO_LARGE")
    sent = await alice.send(room, "small")
    await _only(alice, room, sent)
    await alice.expect("message.created", {"message.id": sent.id})


@scenario(
    "limits.requests.rate", source="error catalogue, RATE_LIMITED", needs=("conversation.list@http",), tags=(BUSY,)
)
async def rapid_requests_are_limited_for_their_caller_only(newcomer: Actor, stage: Stage) -> None:
    """After limit, RATE_LIMITED with 429 and when to try again; rejected until cooldown; others notice nothing."""
    if "RATE_LIMITED" not in newcomer.setting.contract.operation("conversation.list", "http").errors:
        raise NotApplicable("requests are not limited")
    bystander = await stage.newcomer("bystander")
    known = newcomer.setting.subject.limits.requests
    most = _BURSTS * _AT_ONCE if known is None else 2 * known
    refusals: list[Refused] = []
    asked = 0
    deadline = time.monotonic() + newcomer.setting.timing.expiry
    while not refusals:
        late = time.monotonic() > deadline
        if asked >= most and known is not None and not late:
            raise Failure(f"a limit within {most} requests of one user", ("all were answered",))
        if asked >= most or late:
            raise NotApplicable(f"{asked} requests are accepted, as fast as they could be sent here")
        burst = [newcomer.perform("conversation.list", via="http") for _ in range(_AT_ONCE)]
        answers = await asyncio.gather(*burst, return_exceptions=True)
        refusals += [answer for answer in answers if isinstance(answer, Refused)]
        asked += _AT_ONCE
    equal({refusal.code for refusal in refusals}, {"RATE_LIMITED"}, "the reason of the refusals")
    await bystander.perform("conversation.list", via="http")
    await admitted(lambda: newcomer.perform("conversation.list", via="http"), newcomer.setting.timing.expiry)


@scenario("limits.request.oversized", source="error catalogue, PAYLOAD_TOO_LARGE", needs=("conversation.create@http",))
async def an_oversized_request_is_refused(newcomer: Actor) -> None:
    """A request body is larger than 64 KiB; the server lives on."""
    attempt = newcomer.attempt("conversation.create", whole={"name": "x" * (2**16 + _OVER)}, via="http")
    await refused(attempt, "PAYLOAD_TOO_LARGE")
    await refused(newcomer.attempt("conversation.create", whole={"nonsense": 1}, via="http"), "VALIDATION_ERROR")


@scenario("limits.body.oversized", source="error catalogue, PAYLOAD_TOO_LARGE", needs=("message.send@http",))
async def an_oversized_body_is_refused(alice: Actor, room: Facts) -> None:
    """An event is larger than 64 KiB, or a request body is; the server lives on."""
    operation = alice.setting.contract.operation("message.send", "http")
    values = {**alice.address(operation, room), "content": "x" * (2**16 + _OVER)}
    await refused(alice.attempt("message.send", values, via="http"), "PAYLOAD_TOO_LARGE")
    sent = await alice.send(room, "small", via="http")
    await _only(alice, room, sent)


@scenario("limits.connections.devices", source="error catalogue, CONNECTION_ERROR", needs=("session.error",))
async def too_many_devices_are_refused(newcomer: Actor, bob: Actor) -> None:
    """The token is good, but the server cannot take the connection now: too many devices."""
    limits = newcomer.setting.subject.limits
    for _ in range(limits.devices):
        device = await newcomer.dial(newcomer.account.access_token)
        if newcomer.setting.contract.has("session.ready"):
            await device.expect_any(("session.ready", "session.error"))
        else:
            with suppress(Failure):
                await device.alive()
        if refusals := device.received("session.error"):
            break
    else:
        if limits.connections is not None:
            raise Failure(f"connection {limits.devices} of one user to be refused", ("it was accepted",))
        raise NotApplicable(f"the server takes {limits.devices} connections of one user")
    error = refusals[0].facts.facts("error")
    equal(error.text("code"), "CONNECTION_ERROR", "the code of the refusal")
    await device.closed()
    for accepted in newcomer.devices[:-1]:
        await newcomer.alive(on=accepted)
    await bob.alive()


async def counts_elsewhere(stage: Stage, alice: Actor, newcomer: Actor, *, instance: int) -> None:
    """Reach the limit of messages on one connection, and fail unless it holds on another, to this instance."""
    operation = newcomer.socket_operation("message.send")
    if "RATE_LIMITED" not in operation.errors:
        raise NotApplicable(f"{operation.name} does not name the code RATE_LIMITED")
    first, second = await newcomer.connect(), await newcomer.connect(instance=instance)
    room = await stage.room(alice, newcomer)
    here, rest = await _until_refused(newcomer, first, room)
    # At once, and while the rest of the first flood takes whatever becomes free.
    there, more = await _until_refused(newcomer, second, room)
    what = "instance" if instance else "connection"
    ensure(2 * there < here, f"the limit that was reached on one {what} to hold on the other", (here, there))
    for device, asked in ((first, rest), (second, more)):
        for each in asked:
            with suppress(Refused):
                await device.answer(operation, each)


async def _until_refused(user: Actor, device: Device, room: Facts) -> tuple[int, list[Asked]]:
    """Send many messages; return how many are accepted before one is not, and what is still to be answered.

    They go out in bursts: the rest of a flood could be too much by another limit, on events of any kind.
    """
    operation = user.socket_operation("message.send")
    deadline = _deadline(user)
    accepted = 0
    for burst in range(_BURSTS):
        flood = [{**user.address(operation, room), "content": f"flood {burst}.{each}"} for each in range(_AT_ONCE)]
        asked = await user.hurry("message.send", flood, on=device)
        for number, each in enumerate(asked, 1):
            try:
                await device.answer(operation, each)
            except Refused as refusal:
                equal(refusal.code, "RATE_LIMITED", "the reason of the refusal")
                return accepted, asked[number:]
            accepted += 1
        _in_time(deadline, accepted)
    raise Failure(f"a limit within {accepted} messages on {device.name}", ("all were accepted",))


def _deadline(user: Actor) -> float:
    """Return until when a flood is one: what is slower may be what the server allows."""
    return time.monotonic() + _FLOODING * user.setting.timing.expiry


def _in_time(deadline: float, accepted: int) -> None:
    if time.monotonic() > deadline:
        raise NotApplicable(f"{accepted} messages are accepted, as fast as they could be sent here")


async def _only(user: Actor, room: Facts, sent: Facts) -> None:
    """Fail unless one message was stored, and no other."""
    if user.setting.contract.has("message.history"):
        equal((await user.history(room)).many("messages"), [sent], "the messages stored")


async def _recovers(user: Actor, room: Facts) -> None:
    """Send until the server has cooled down."""
    await admitted(lambda: user.send(room, "calm again"), user.setting.timing.expiry)
