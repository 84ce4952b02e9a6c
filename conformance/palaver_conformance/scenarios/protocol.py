"""The wire itself: answers, refusals, and what must not break anything."""

import json
import re
import time
from collections.abc import Mapping
from contextlib import suppress

from palaver_conformance.errors import Failure, NotApplicable, Refused
from palaver_conformance.expectation import ensure, equal, everywhere, once, refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.device import Device
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario

_TALK = ("message.send@socket", "message.created", "message.history")
_SKEW_MS = 60_000
_KEYS = ("__proto__", "constructor", "prototype")
_DEEP = 5_000

# Stack traces of several languages, files of source code, statements to a database.
_INTERNALS = (
    r"Traceback \(most recent call last\)",
    r"\bat [\w.<>$]+ ?\([^)]*:\d+",
    r"goroutine \d+ \[",
    r"[\w-]+/[\w./-]+\.(py|js|mjs|ts|go|rs|rb|java|kt|cs|ex|exs|php)\b",
    r"\b(SELECT|INSERT INTO|DELETE FROM|UPDATE) .*\b(FROM|VALUES|WHERE|SET)\b",
)

_FRAMES: Mapping[str, str | bytes] = {
    "a frame that is no JSON": "hello",
    "JSON that breaks off": '{"type": "',
    "a list": "[]",
    "a frame without a type": '{"payload": {}}',
    "a type that is a number": '{"type": 7, "payload": {}}',
    "an unknown type": '{"type": "no such type", "payload": {}}',
    "a type alone": '{"type": "constructor"}',
    "an empty frame": "",
    "bytes": b"\x00\xff\xfe",
    "deep nesting": '{"type": ' * _DEEP + "1" + "}" * _DEEP,
}
_OF_ONE = 3
_PACKETS: Mapping[str, str | bytes] = {
    "an event without data": "42",
    "an event whose JSON breaks off": '42["message',
    "an event without a name": "42[]",
    "an event whose name is a number": "42[7,{}]",
    "an event that is no array": '42{"a":1}',
    # The name is the library's own. Servers on Node.js close the connection, others need not know it.
    "an event of a reserved name": '42["disconnect",{}]',
    "an acknowledgement of nothing": "43999[{}]",
    "an acknowledgement that is no array": "431x",
    "an unknown packet": "49",
    "a second connect": "40",
    "an unknown namespace": '42/nowhere,["x",{}]',
    "an event with binary parts that never come": '451-["x",{"_placeholder":true,"num":0}]',
    "an unknown frame": "9",
    "an empty frame": "",
    "bytes": b"\x00\xff\xfe",
    "deep nesting": "42" + "[" * _DEEP + "]" * _DEEP,
}


@scenario("protocol.ping.pong", case="G17", source="Phase 4 guide, Test 17", needs=("session.ping",))
async def a_ping_is_answered_with_the_time(alice: Actor) -> None:
    """Emit 'ping', measure time until response: 'pong' with timestamp; can calculate round-trip latency."""
    before = time.time() * 1000
    first = (await alice.ping()).number("timestamp")
    second = (await alice.ping()).number("timestamp")
    after = time.time() * 1000
    ensure(before - _SKEW_MS <= first <= second <= after + _SKEW_MS, "the time in milliseconds", first, second)


@scenario("protocol.health.asked", source="AetherConnect Phase 4, HealthCheck", needs=("service.health",))
async def the_server_says_that_it_is_well(newcomer: Actor) -> None:
    """Message Service is healthy."""
    equal((await newcomer.perform("service.health")).get("healthy", True), True, "whether the server is well")


@scenario("protocol.validation.empty", case="G19", source="Phase 4 guide, Test 19", needs=_TALK)
async def empty_content_is_refused(stage: Stage, alice: Actor, room: Facts) -> None:
    """Emit 'message:send' with empty content: error with VALIDATION_ERROR code; message not created."""
    operation = alice.socket_operation("message.send")
    empty = {**alice.address(operation, room), "content": ""}
    refusal = await refused(alice.attempt("message.send", empty, via="socket"), "VALIDATION_ERROR")
    _names(refusal, operation.fields["content"])
    if operation.told:
        error = (await alice.expect("session.error")).facts.facts("error")
        equal(error.text("code"), "VALIDATION_ERROR", "the code in the error event")
        equal(error.text("original_event"), operation.name, "the event that the error event names")
    await stage.fence(alice, alice, room=room)
    equal(len(alice.device.received("message.created")), 1, "the messages received, the marker among them")
    equal(len((await alice.history(room)).many("messages")), 1, "the messages stored, the marker among them")


@scenario("protocol.validation.fields", case="G19", source="error catalogue, VALIDATION_ERROR", needs=_TALK)
async def every_bad_field_is_named(stage: Stage, alice: Actor, room: Facts) -> None:
    """A field is missing, unknown, of the wrong type or outside its bounds; details.fields names each."""
    # A call can carry neither a wrong type nor an unknown field, and its refusal has no details: see calls.py.
    for via in ("socket", "http"):
        if not alice.setting.contract.has(f"message.send@{via}"):
            continue
        operation = alice.setting.contract.operation("message.send", via)
        address = alice.address(operation, room)
        good = {**address, "content": "fine"}
        content = operation.fields["content"]
        bad: tuple[object, ...] = (None, 5, True, ["x"], {"text": "x"}, "x" * 5001, "a\u0000b")
        for value in bad:
            attempt = alice.attempt("message.send", good, put={"content": value}, via=via)
            _names(await refused(attempt, "VALIDATION_ERROR"), content)
        extra = f"{content.rpartition('/')[0].removeprefix('/body')}/unexpected"
        attempt = alice.attempt("message.send", address, put={extra: 1}, via=via)
        refusal = await refused(attempt, "VALIDATION_ERROR")
        _names(refusal, content)
        _names(refusal, extra)
        if operation.restricts("conversation"):
            attempt = alice.attempt("message.send", {**good, "conversation": "not-an-id"}, via=via)
            await refused(attempt, "VALIDATION_ERROR")
    await stage.fence(alice, alice, room=room)
    equal(len((await alice.history(room)).many("messages")), 1, "the messages stored, the marker among them")


@scenario("protocol.validation.shape", source="events document, SendMessage", needs=_TALK)
async def a_payload_that_is_no_object_is_refused(alice: Actor, room: Facts) -> None:
    """A payload is one object: anything else is refused, and the connection lives on."""
    if alice.handshake.tag is not None:
        raise NotApplicable("a frame that is no object does not say which event it is")
    for whole in ("text", 7, [], [{"conversationId": room.id, "content": "in a list"}], True):
        await refused(alice.attempt("message.send", whole=whole, via="socket"), "VALIDATION_ERROR")
    equal((await alice.history(room)).many("messages"), [], "the messages stored")


@scenario("protocol.refusal.event", source="events document, Refusals", needs=("session.error", *_TALK))
async def a_refusal_is_told_by_event_and_acknowledgement(alice: Actor, stranger: Actor, room: Facts) -> None:
    """A refused event is answered by an `error` event, and by the acknowledgement if one was asked for."""
    operation = stranger.socket_operation("message.send")
    if not operation.acknowledged or not operation.told:
        raise NotApplicable(f"{operation.name} is not refused in two ways at once")
    payload = operation.payload({**stranger.address(operation, room), "content": "let me in"})
    await stranger.device.emit(operation.name, payload)
    unasked = (await stranger.expect("session.error")).facts.facts("error")
    asked = await refused(stranger.send(room, "let me in"), "FORBIDDEN")
    error = (await stranger.expect("session.error")).facts.facts("error")
    for each in (unasked, error):
        equal((each.text("code"), each.text("message")), (asked.code, asked.message), "the error event")
        equal(each.text("original_event"), operation.name, "the event that the error event names")
        ensure(each.text("timestamp")[:2] == "20", "a timestamp of these years", each)
    await stranger.alive()
    equal(len(stranger.device.received("session.error")), 2, "the number of error events")
    await alice.alive()
    equal(alice.device.received("session.error"), [], "error events of somebody else")


@scenario("protocol.refusal.plain", source="house rules: no stack trace, path or SQL in any error", needs=_TALK)
async def a_refusal_tells_nothing_of_the_server(alice: Actor, stranger: Actor, room: Facts) -> None:
    """No stack trace, path or SQL in any error: clients learn why something is refused, and not how."""
    refusals: list[Refused] = []
    for via in ("socket", "http"):
        if not alice.setting.contract.has(f"message.send@{via}"):
            continue
        operation = alice.setting.contract.operation("message.send", via)
        good = {**alice.address(operation, room), "content": "fine"}
        refusals.append(
            await refused(alice.attempt("message.send", good, put={"content": 5}, via=via), "VALIDATION_ERROR")
        )
        if "conversation" in operation.fields:
            outside = {"conversation": room.id, "content": "let me in"}
            refusals.append(await refused(stranger.perform("message.send", outside, via=via), "FORBIDDEN"))
    if alice.setting.contract.has("message.edit"):
        missing = {"id": "0" * 24, "content": "x"}
        refusals.append(await refused(alice.perform("message.edit", missing), "NOT_FOUND"))
    for refusal in refusals:
        told = f"{refusal.message} {json.dumps(refusal.details)}"
        inside = [text for text in _INTERNALS if re.search(text, told)]
        ensure(not inside, "a refusal without anything of the server's inside", told)


@scenario(
    "protocol.acknowledgement.unasked", source="house rules: one acknowledgement per request, none unasked", needs=_TALK
)
async def nothing_is_acknowledged_unasked(alice: Actor, bob: Actor, room: Facts) -> None:
    """One acknowledgement per request, none unasked; an event without one is carried out all the same."""
    operation = alice.socket_operation("message.send")
    payload = operation.payload({**alice.address(operation, room), "content": "no reply"})
    await alice.device.emit(operation.name, payload)
    event = await bob.expect("message.created", {"message.content": "no reply"})
    asked = await alice.send(room, "reply")
    equal(asked.sequence, event.facts.facts("message").sequence + 1, "the next sequence")
    await alice.alive()


@scenario(
    "protocol.keys.prototype", source="house rules: keys that a language gives a meaning change nothing", needs=_TALK
)
async def keys_of_a_language_are_keys_like_others(alice: Actor, room: Facts) -> None:
    """`__proto__`, `constructor` keys change nothing: not the message that has them, and nothing that comes later."""
    operation = alice.socket_operation("message.send")
    good = {**alice.address(operation, room), "content": "plain"}
    above = operation.fields["content"].rpartition("/")[0]
    tainted = {"content": "tainted", "prototype": {"content": "tainted"}, "tainted": True}
    told: list[Facts] = []
    for key in _KEYS:
        # A field that is not in the document is refused, or means nothing.
        with suppress(Refused):
            await alice.attempt("message.send", good, put={f"{above}/{key}": tainted}, via="socket")
        if "metadata" in operation.fields:
            sent = await alice.send(room, "plain", metadata={key: tainted, "own": 1})
            equal(sent["metadata"], {key: tainted, "own": 1}, "the metadata, as they were sent")
            plain = await alice.send(room, "plain", metadata={"own": 1})
            equal(plain["metadata"], {"own": 1}, "the metadata of the next message")
            told += [sent, plain]
    told += [await alice.send(room, "plain"), *(await alice.history(room)).many("messages")]
    equal({each.text("content") for each in told}, {"plain"}, "the contents of all messages")


@scenario("protocol.event.unknown", source="house rules: an unknown event is harmless", needs=("message.send@socket",))
async def an_unknown_event_is_harmless(alice: Actor, bob: Actor) -> None:
    """An unknown event changes nothing, for its sender neither."""
    for name in ("no:such:event", "__proto__", "constructor", ""):
        await alice.device.emit(name, {} if alice.handshake.tag is None else {alice.handshake.tag[1:]: name})
    await alice.alive()
    await bob.alive()
    equal(bob.device.received("session.error"), [], "error events of somebody else")


@scenario(
    "protocol.frame.malformed",
    source="house rules: malformed frames close or are refused; others notice nothing",
    needs=("message.send@socket", "message.created"),
)
async def a_malformed_frame_harms_its_sender_only(
    stage: Stage, alice: Actor, bob: Actor, stranger: Actor, room: Facts
) -> None:
    """Malformed packets close that connection only: the server lives, others notice nothing."""
    sender = stranger
    for number, (what, frame) in enumerate((_PACKETS if alice.handshake.tag is None else _FRAMES).items(), 1):
        device = await sender.connect()
        await device.send_frame(frame)
        await _closed_or_alive(sender, device, what)
        await device.close()
        if number % _OF_ONE == 0:
            # A server may count a connection for a while after its end, and takes so many of one user only.
            sender = await stage.newcomer("sender")
    await stranger.alive()
    sent = await alice.send(room, "undisturbed")
    await everywhere((alice.device, bob.device), "message.created", {"message.id": sent.id})
    once((alice.device, bob.device), "message.created", {"message.content": "undisturbed"})


async def _closed_or_alive(user: Actor, device: Device, what: str) -> None:
    try:
        await user.alive(on=device)
    except Failure as failure:
        if device.open_still:
            expected = f"{what} to close the connection or to leave it usable"
            raise Failure(expected, failure.arrived) from None


def _names(refusal: Refused, pointer: str) -> None:
    """Fail unless the refusal names the field that the pointer points at, somewhere in its details."""
    field = pointer.rpartition("/")[2]
    told = json.dumps(refusal.details)
    ensure(field in told, f"the refusal to name the field {field} in its details", told)
