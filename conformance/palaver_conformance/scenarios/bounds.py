"""What a server bounds before it is too much: the time, the depth, the number and the bytes of what comes in.

Where a bound is not known it is sought, and a server that has none of the kind is none to judge by it.
"""

import gzip
import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from palaver_conformance.contract.model import HttpOperation
from palaver_conformance.drivers.opening import Opening, opening
from palaver_conformance.errors import Failure, NotApplicable, Refused, Unreachable
from palaver_conformance.expectation import ensure, equal, refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.scenario import scenario

_EACH = "design, Limits: each has a setting, a metric and an error code"
_DEPTH = 300
_METADATA = 60_000
_HEADERS = 200_000
_TYPING = 400
_BURST = 50
_BOUNDED = "server_max_window_bits"


@scenario("limits.handshake.silent", source=_EACH, slow=True)
async def a_connection_that_never_joins_is_closed(newcomer: Actor) -> None:
    """Handshake time: idle connections that never join are closed."""
    handshake = newcomer.handshake
    if handshake.tag is not None:
        raise NotApplicable("who opens a bare WebSocket has joined")
    timing = newcomer.setting.timing
    known = newcomer.setting.subject.limits.handshake
    async with AsyncExitStack() as stack:
        silent = await stack.enter_async_context(_open(newcomer))
        heard = await silent.ended(timing.expiry if known is None else known + timing.reply)
    if heard is None:
        _unmet(known, "a connection that never joins to be closed", "it was still open")
        return
    told = [each for each in heard if each.startswith("44")]
    coded = [each for each in told if '"code"' in each]
    ensure(all('"code":"CONNECTION_ERROR"' in each for each in coded), "the code CONNECTION_ERROR, if any", told)


@scenario("limits.connection.compression", source="design, Limits: compression off or bounded")
async def compression_is_off_or_bounded(newcomer: Actor) -> None:
    """Compression off or bounded: an offer of permessage-deflate is not accepted, or with a smaller window."""
    async with _open(newcomer, compression=True) as found:
        equal(found.status, 101, "the status of the answer")
        accepted = {name.lower(): value for name, value in found.headers.items()}.get("sec-websocket-extensions", "")
    ensure("permessage-deflate" not in accepted or _BOUNDED in accepted, "no compression without bounds", accepted)


@scenario("limits.body.compressed", source="design, Limits: compression off or bounded", needs=("message.send@http",))
async def a_compressed_body_is_refused(alice: Actor, room: Facts) -> None:
    """Compression off or bounded: a body that is compressed is refused; a small one would be a large one when read."""
    operation = alice.setting.contract.operation("message.send", "http")
    assert isinstance(operation, HttpOperation)
    values = operation.payload({**alice.address(operation, room), "content": "compressed"})
    path = values.get("path")
    body = gzip.compress(json.dumps(values["body"]).encode())
    answer = await alice.setting.subject.clients[0].request(
        alice.setting.trace.wire(f"{alice.name}/http", 0),
        operation.method,
        operation.path,
        parameters=path if isinstance(path, dict) else {},
        headers={
            "authorization": f"Bearer {alice.account.access_token}",
            "content-encoding": "gzip",
            "content-type": "application/json",
        },
        raw=body,
    )
    ensure(answer.status in (400, 413, 415), "a compressed body to be refused with 400, 413 or 415", answer.status)
    await alice.alive()


@scenario("limits.event.depth", source=_EACH, needs=("message.send@socket",))
async def a_deep_payload_is_refused(alice: Actor, room: Facts) -> None:
    """Nesting: what is nested deeper than the server reads is refused with VALIDATION_ERROR; the server lives on."""
    known = alice.setting.subject.limits.depth
    deep: object = 1
    for _ in range(_DEPTH if known is None else known + 1):
        deep = [deep]
    await _too_much(alice, room, {"deep": deep}, "VALIDATION_ERROR", known, "metadata so deep")


@scenario("limits.metadata.size", source=_EACH, needs=("message.send@socket",))
async def large_metadata_are_refused(alice: Actor, room: Facts) -> None:
    """Metadata size: what is larger than the server keeps is refused with PAYLOAD_TOO_LARGE; the server lives on."""
    known = alice.setting.subject.limits.metadata
    large = {"large": "x" * (_METADATA if known is None else known + 1)}
    await _too_much(alice, room, large, "PAYLOAD_TOO_LARGE", known, "metadata so large")


@scenario("limits.headers.size", source=_EACH)
async def long_headers_are_refused(newcomer: Actor) -> None:
    """Headers: a request with more than the server reads of them is refused, or cut off; the server lives on."""
    known = newcomer.setting.subject.limits.headers
    size = _HEADERS if known is None else known
    # Servers commonly bound each line too: many short ones are what is to be too much.
    lines = {f"x-filler-{number}": "x" * 1_000 for number in range(size // 1_000 + 1)}
    status: int | None = None
    try:
        async with _open(newcomer, headers=lines) as found:
            status = found.status
    except Unreachable as silence:
        _unmet(known, f"headers of {size} bytes to be refused", str(silence))
    except Failure:
        pass  # which is how to be cut off looks
    if status == 101:
        _unmet(known, f"headers of {size} bytes to be refused", "they were accepted")
    ensure(status in (None, 400, 413, 431), "the status 400, 413 or 431", status)
    async with _open(newcomer) as again:
        equal(again.status, 101, "the status of the next opening")


@scenario("limits.kinds.rate", source=_EACH, needs=("typing.start@socket", "typing.changed"))
async def rapid_typing_is_limited_by_itself(alice: Actor, bob: Actor, room: Facts) -> None:
    """Rate by kind of event: who starts to type too often is refused with RATE_LIMITED, and may do other things."""
    operation = alice.socket_operation("typing.start")
    if not operation.answered or "RATE_LIMITED" not in operation.errors:
        raise NotApplicable(f"{operation.name} is not refused with RATE_LIMITED")
    known = alice.setting.subject.limits.typing
    most = _TYPING if known is None else 2 * known
    refusals: list[Refused] = []
    for _ in range(0, most, _BURST):
        for each in await alice.hurry("typing.start", [alice.address(operation, room)] * _BURST):
            try:
                await alice.device.answer(operation, each)
            except Refused as refusal:
                refusals.append(refusal)
        if refusals:
            break
    if not refusals:
        _unmet(known, f"a limit within {most} times", "all were accepted")
        return
    equal({refusal.code for refusal in refusals}, {"RATE_LIMITED"}, "the reason of the refusals")
    await alice.alive()
    await bob.alive()


def _open(
    user: Actor, *, compression: bool = False, headers: Mapping[str, str] | None = None
) -> AbstractAsyncContextManager[Opening]:
    setting = user.setting
    return opening(
        setting.subject.urls[0],
        user.handshake,
        setting.trace.wire(f"{user.name}/opening", 0),
        setting.timing.connect,
        compression=compression,
        headers=headers,
    )


async def _too_much(user: Actor, room: Facts, metadata: object, code: str, known: int | None, what: str) -> None:
    """Send a message with metadata, and fail unless it is refused with a code."""
    operation = user.socket_operation("message.send")
    if "metadata" not in operation.fields:
        raise NotApplicable(f"{operation.name} has no metadata")
    values = {**user.address(operation, room), "content": "too much"}
    attempt = user.attempt("message.send", values, put={"metadata": metadata}, via="socket")
    if known is None:
        try:
            await attempt
        except Refused as refusal:
            equal(refusal.code, code, "the reason of the refusal")
        else:
            raise NotApplicable(f"the server takes {what}")
    else:
        await refused(attempt, code)
    sent = await user.send(room, "enough")
    await user.expect("message.created", {"message.id": sent.id})


def _unmet(known: int | None, expected: str, arrived: str) -> None:
    if known is None:
        raise NotApplicable(f"no limit was met: {arrived}")
    raise Failure(expected, (arrived,))
