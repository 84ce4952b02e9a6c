"""Calls over gRPC: what holds on connections holds for them, too."""

from palaver_conformance.errors import NotApplicable
from palaver_conformance.expectation import equal, everywhere, never, refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario

_TALK = ("message.send@grpc", "message.created")
# A tag that is none, a text that is cut off, a text that is not UTF-8.
_GARBAGE = (b"\xff\xff\xff", b"\x0a\x7fx", b"\x0a\x02\xff\xfe")


@scenario("calls.send.non-member", source="error catalogue, FORBIDDEN", needs=_TALK)
async def a_non_member_cannot_send_by_a_call(
    stage: Stage, alice: Actor, bob: Actor, stranger: Actor, room: Facts
) -> None:
    """The caller is no participant of the conversation: FORBIDDEN, and nobody receives anything."""
    await refused(stranger.send(room, "let me in", via="grpc"), "FORBIDDEN")
    await stage.fence(alice, alice, bob, room=room)
    never((alice.device, bob.device), "message.created", {"message.content": "let me in"})


@scenario("calls.send.named", source="gRPC document: a `userId` in a request is the caller's own", needs=_TALK)
async def a_call_is_for_nobody_but_its_caller(alice: Actor, bob: Actor, room: Facts) -> None:
    """A `userId` in a request is the caller's own: that of anybody else is FORBIDDEN, and nobody receives anything."""
    operation = alice.setting.contract.operation("message.send", "grpc")
    caller = alice.beside(operation, "userId")
    if operation.request.at(caller) is None:
        raise NotApplicable(f"{operation.name} does not say who calls")
    values = {**alice.address(operation, room), "content": "in the name of another"}
    await refused(alice.attempt("message.send", values, put={caller: bob.user}, via="grpc"), "FORBIDDEN")
    own = await alice.attempt("message.send", {**values, "content": "my own"}, put={caller: alice.user}, via="grpc")
    await everywhere((alice.device, bob.device), "message.created", {"message.id": own.facts("message").id})
    never((alice.device, bob.device), "message.created", {"message.content": "in the name of another"})


@scenario("calls.request.refused", source="error catalogue, VALIDATION_ERROR", needs=_TALK)
async def a_call_is_held_to_the_bounds_of_its_document(stage: Stage, alice: Actor, room: Facts) -> None:
    """What a .proto file cannot forbid, the document does: VALIDATION_ERROR, and nothing is sent."""
    operation = alice.setting.contract.operation("message.send", "grpc")
    good = {**alice.address(operation, room), "content": "fine"}
    for content in ("", "x" * 5001, "a\u0000b"):
        await refused(alice.attempt("message.send", good, put={"content": content}, via="grpc"), "VALIDATION_ERROR")
    await stage.fence(alice, alice, room=room)
    equal(len(alice.device.received("message.created")), 1, "the messages received, the marker among them")


@scenario("calls.request.garbage", source="error catalogue, VALIDATION_ERROR", needs=_TALK)
async def bytes_that_are_no_message_are_refused(alice: Actor, room: Facts) -> None:
    """The request is malformed: VALIDATION_ERROR, and the next call is answered as if nothing had happened."""
    for raw in _GARBAGE:
        await refused(alice.call_with("message.send", raw), "VALIDATION_ERROR")
    sent = await alice.send(room, "still here", via="grpc")
    await everywhere((alice.device,), "message.created", {"message.id": sent.id})
