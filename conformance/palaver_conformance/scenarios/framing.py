"""In what sizes and pieces something may come: what a server does not read ends the connection that it came on.

All but the number of attachments are met only where they are known: what it takes to seek them would be a flood.
"""

import json
from collections.abc import Sequence
from contextlib import suppress

from palaver_conformance.drivers.polling import PONG, polling
from palaver_conformance.errors import Failure, NotApplicable
from palaver_conformance.expectation import ensure
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.scenario import scenario

_EACH = "design, Limits: each has a setting, a metric and an error code"
_SIZES = "design, Limits: frame, payload and attachment size"
_PIECES = "design, Protocol hardening: binary attachment floods, packet-type confusion"
_ATTACHMENTS = 200
_MOST_BYTES = 2**24
_MOST_PIECES = 10_000
_CLIENTS_FAULT = range(400, 500)


@scenario("limits.frame.oversized", source=_SIZES, needs=("message.send@socket",), limit="frame")
async def an_oversized_frame_ends_the_connection(alice: Actor, bob: Actor, room: Facts) -> None:
    """Frame size: a WebSocket message that is too large ends that connection, unread; others live on."""
    most = _known(alice.setting.subject.limits.frame, _MOST_BYTES, "bytes of a frame")
    values = {**alice.address(alice.socket_operation("message.send"), room), "content": "x" * most}
    # It is too large for a message, too, and may be answered as such before the connection ends.
    with suppress(Failure):
        await alice.attempt("message.send", values, via="socket")
    await _ended(alice, f"a frame of more than {most} bytes")
    await bob.alive()


@scenario("limits.frame.fragments", source=_PIECES, needs=("message.send@socket",), limit="fragments")
async def a_frame_in_too_many_fragments_ends_the_connection(alice: Actor, bob: Actor, room: Facts) -> None:
    """Fragments: a WebSocket message in more of them than the server takes ends that connection; others live on."""
    most = _known(alice.setting.subject.limits.fragments, _MOST_PIECES, "fragments of a frame")
    operation = alice.socket_operation("message.send")
    values = {**alice.address(operation, room), "content": "in pieces"}
    alice.setting.witness.suspects(alice.user, operation.means, values)
    await alice.device.emit_in_pieces(operation.name, operation.payload(values), most + 1)
    await _ended(alice, f"a message in {most + 1} fragments")
    await bob.alive()


@scenario("limits.frame.packets", source=_PIECES, limit="packets")
async def too_many_packets_in_one_request_end_the_session(newcomer: Actor) -> None:
    """Packets: a request that polls with more of them than the server takes is refused, and ends the session."""
    most = _known(newcomer.setting.subject.limits.packets, _MOST_PIECES, "packets of a request that polls")
    if newcomer.handshake.tag is not None:
        raise NotApplicable("a bare WebSocket has no packets")
    setting = newcomer.setting
    wire = setting.trace.wire(f"{newcomer.name}/polling")
    async with polling(setting.subject.urls[0], newcomer.handshake.path, wire, setting.timing.reply) as session:
        if session.sid is None:
            raise NotApplicable("the server lets nobody poll")
        allowed = await session.post([PONG] * most)
        ensure(allowed not in _CLIENTS_FAULT, f"{most} packets in one request to be taken", allowed)
        status = await session.post([PONG] * (most + 1))
        ensure(status in _CLIENTS_FAULT, f"{most + 1} packets in one request to be refused", status)
        # Whatever waits is still given out; then it says that it closes, or is gone.
        status, packets = await session.poll()
        ensure(status in _CLIENTS_FAULT or "1" in packets, "the session to end", status, packets)


@scenario("limits.attachments.count", source=_EACH, needs=("message.send@socket",))
async def too_many_attachments_end_the_connection(alice: Actor, bob: Actor) -> None:
    """Attachments: an event with more of them than the server takes ends that connection, unread; others live on."""
    known = alice.setting.subject.limits.attachments
    count = _ATTACHMENTS if known is None else known + 1
    await _attach(alice, [b""] * count)
    if await _lives(alice) and known is None:
        raise NotApplicable(f"no limit was met: an event with {count} attachments is taken")
    await _ended(alice, f"an event with {count} attachments")
    await bob.alive()


@scenario("limits.attachments.size", source=_SIZES, needs=("message.send@socket",), limit="attachment_bytes")
async def too_large_attachments_end_the_connection(alice: Actor, bob: Actor) -> None:
    """Attachment size: an event whose attachments are too large together ends that connection; others live on."""
    most = _known(alice.setting.subject.limits.attachment_bytes, _MOST_BYTES, "bytes of attachments")
    await _attach(alice, [bytes(most // 2 + 1)] * 2)
    await _ended(alice, f"attachments of more than {most} bytes")
    await bob.alive()


async def _attach(user: Actor, attachments: Sequence[bytes]) -> None:
    """Send an event with attachments."""
    if user.handshake.tag is not None:
        raise NotApplicable("a bare WebSocket has no attachments")
    namespace = "" if user.handshake.namespace == "/" else f"{user.handshake.namespace},"
    placeholders = [{"_placeholder": True, "num": number} for number in range(len(attachments))]
    event = json.dumps([user.socket_operation("message.send").name, *placeholders])
    await user.device.send_frame(f"45{len(attachments)}-{namespace}{event}")
    for each in attachments:
        await user.device.send_frame(each)


def _known(limit: int | None, most: int, what: str) -> int:
    if limit is None:
        raise NotApplicable(f"how many {what} there may be is not known")
    if limit > most:
        raise NotApplicable(f"{limit} {what} are more than a scenario makes")
    return limit


async def _ended(user: Actor, what: str) -> None:
    """Fail unless a connection has ended, or does before it answers what is asked on it next."""
    ensure(not await _lives(user), f"{what} to end the connection", "it is still open")


async def _lives(user: Actor) -> bool:
    with suppress(Failure):
        await user.alive()
    return user.device.open_still
