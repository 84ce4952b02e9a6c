"""Messages: sending and receiving."""

import asyncio
from functools import partial

from palaver_conformance.contract.model import Via
from palaver_conformance.errors import NotApplicable, Refused
from palaver_conformance.expectation import admitted, ensure, equal, everywhere, never, once, refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import BUSY, scenario

_TALK = ("message.send@socket", "message.created")
_MANY = 200
# Right-to-left with an override, an emoji of several code points, a combining accent, markup, blanks, the limit.
_TEXTS = (
    "\u05e9\u05dc\u05d5\u05dd \u202eabc",
    "\U0001f469\u200d\U0001f680 e\u0301",
    "<script>alert(1)</script>",
    " a\nb\tc  ",
    "x" * 5000,
)


@scenario("messages.send.broadcast", case="G4", source="Phase 4 guide, Test 4", needs=_TALK)
async def a_message_is_acknowledged_and_reaches_everybody(alice: Actor, bob: Actor, carol: Actor, room: Facts) -> None:
    """Acknowledgment with success: true and message object; 'message:new' with same message; others too."""
    sent = await alice.send(room, "hello")
    equal((sent.content, sent.ident("sender")), ("hello", alice.user), "content and sender")
    equal(sent.text("conversation"), room.id, "the conversation")
    for person in (alice, bob, carol):
        event = await person.expect("message.created", {"message.id": sent.id})
        equal(event.facts.facts("message"), sent, f"the message that {person.name} receives")
    marker = await bob.send(room, "marker")
    await everywhere((alice.device, bob.device, carol.device), "message.created", {"message.id": marker.id})
    once((alice.device, bob.device, carol.device), "message.created", {"message.id": sent.id})


@scenario(
    "messages.send.confirmed",
    source="Phase 03: Real-time Messaging Foundation, handleMessage",
    needs=("message.accepted", *_TALK),
)
async def the_sender_is_told_that_a_message_is_stored(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """Send delivery confirmation to sender."""
    phone = await alice.connect()
    sent = await alice.send(room, "did you get this?")
    event = await alice.expect("message.accepted")
    equal(event.facts.ident("message"), sent.id, "the message that is confirmed")
    await stage.fence(bob, alice, bob, room=room)
    never((bob.device,), "message.accepted", {"message": sent.id})
    told = [device for device in (alice.device, phone) if device.received("message.accepted", {"message": sent.id})]
    once(told, "message.accepted", {"message": sent.id})


@scenario("messages.send.non-member", case="G5", source="Phase 4 guide, Test 5", needs=_TALK)
async def a_non_member_cannot_send(stage: Stage, alice: Actor, bob: Actor, stranger: Actor, room: Facts) -> None:
    """Error with FORBIDDEN code; no 'message:new' broadcasted."""
    await refused(stranger.send(room, "let me in"), "FORBIDDEN")
    operation = stranger.socket_operation("message.send")
    if operation.told:
        error = (await stranger.expect("session.error")).facts.facts("error")
        equal((error.text("code"), error.get("original_event")), ("FORBIDDEN", operation.name), "the error event")
    await stage.fence(alice, alice, bob, room=room)
    await stage.fence(alice, stranger)
    everybody = (alice.device, bob.device, stranger.device)
    never(everybody, "message.created", {"message.content": "let me in"})
    never(everybody, "message.created", {"message.sender": stranger.user})
    if alice.setting.contract.has("message.history"):
        senders = {each.ident("sender") for each in (await alice.history(room)).many("messages")}
        equal(senders, {alice.user}, "the senders in the history")


@scenario("messages.send.rest", case="G6", source="Phase 4 guide, Test 6", needs=("message.send@http", *_TALK))
async def a_message_sent_by_request_reaches_the_sockets(alice: Actor, bob: Actor, room: Facts) -> None:
    """Send message via REST API: WebSocket receives 'message:new' event."""
    await _by_another_way("http", alice, bob, room)


@scenario(
    "messages.send.call",
    source="AetherConnect Phase 4, MessageController.sendMessage",
    needs=("message.send@grpc", *_TALK),
)
async def a_message_sent_by_call_reaches_the_sockets(alice: Actor, bob: Actor, room: Facts) -> None:
    """Integration: a message that is sent over gRPC reaches the clients of the Socket.IO gateway."""
    await _by_another_way("grpc", alice, bob, room)


async def _by_another_way(via: Via, alice: Actor, bob: Actor, room: Facts) -> None:
    spoken = await alice.send(room, "by socket", via="socket")
    written = await alice.send(room, "by request", via=via)
    for person in (alice, bob):
        first = await person.expect("message.created", {"message.id": spoken.id})
        second = await person.expect("message.created", {"message.id": written.id})
        equal(second.facts.facts("message"), written, "the message")
        equal(set(second.facts.facts("message")), set(first.facts.facts("message")), "the fields of the message")
        ensure(first.index < second.index, "the messages in the order in which they were sent")


@scenario("messages.send.every-device", case="G7", source="Phase 4 guide, Test 7", needs=_TALK)
async def every_device_receives_a_message_exactly_once(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """Same user connects from two browser tabs/devices: both connections receive 'message:new'."""
    devices = [alice.device, await alice.connect(), bob.device, await bob.connect(), await bob.connect()]
    sent = [await alice.send(room, "from the first"), await alice.send(room, "from the second", on=devices[1])]
    for message in sent:
        await everywhere(devices, "message.created", {"message.id": message.id})
    await stage.fence(alice, alice, bob, room=room)
    for message in sent:
        once(devices, "message.created", {"message.id": message.id})


@scenario("messages.send.retry", source="events document, sendMessage", needs=_TALK)
async def a_retried_message_is_the_first_one(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """A `clientMessageId` that was used before returns the first message and sends nothing."""
    first = await alice.send(room, "only once", client_id="retry-1")
    again = await alice.send(room, "only once", client_id="retry-1")
    equal(again, first, "the message that a retry returns")
    if alice.setting.contract.has("message.send@http"):
        other = await alice.send(room, "only once", client_id="retry-1", via="http")
        equal(other, first, "the message that a retry by request returns")
    theirs = await bob.send(room, "my own", client_id="retry-1")
    ensure(theirs.id != first.id, "the same client id of another sender to be another message", theirs)
    await stage.fence(alice, alice, bob, room=room)
    if _acknowledged(alice):
        once((alice.device,), "message.created", {"message.id": first.id})
    once((bob.device,), "message.created", {"message.id": first.id})
    once((alice.device, bob.device), "message.created", {"message.id": theirs.id})


@scenario("messages.send.retry-elsewhere", source="events document, sendMessage", needs=_TALK)
async def a_client_id_counts_within_its_conversation(
    stage: Stage, alice: Actor, bob: Actor, stranger: Actor, room: Facts
) -> None:
    """A client id is scoped by sender and conversation: elsewhere the same one is another message."""
    first = await alice.send(room, "for one", client_id="shared")
    elsewhere = await stage.room(alice, stranger)
    second = await alice.send(elsewhere, "for another", client_id="shared")
    ensure(second.id != first.id, "the same client id in another conversation to be another message", second)
    equal((second.content, second.text("conversation")), ("for another", elsewhere.id), "content and conversation")
    await stranger.expect("message.created", {"message.id": second.id})
    await stage.fence(alice, bob, room=room)
    never((bob.device,), "message.created", {"message.id": second.id})


@scenario("messages.send.retry-race", source="events document, sendMessage", needs=_TALK)
async def retries_at_the_same_time_make_one_message(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """Sending it again returns the first message instead of making a second one."""
    phone = await alice.connect()
    sent = await asyncio.gather(
        *(alice.send(room, "only once", client_id="race", on=on) for on in (alice.device, phone) * 3)
    )
    equal(len({message.id for message in sent}), 1, "the number of messages")
    await stage.fence(alice, alice, bob, room=room)
    listening = (*alice.devices, bob.device) if _acknowledged(alice) else (bob.device,)
    once(listening, "message.created", {"message.id": sent[0].id})


@scenario(
    "messages.send.forged",
    source="events document, SendMessage",
    needs=("message.send", "message.history", "message.created"),
)
async def forged_fields_are_refused(alice: Actor, bob: Actor, room: Facts) -> None:
    """Inbound objects are closed: a field that is not listed is refused."""
    operation = alice.setting.contract.operation("message.send")
    values = {**alice.address(operation, room), "content": "forged"}
    forged = {"senderId": bob.user, "id": "0" * 24, "sequence": 7, "createdAt": "2001-01-01T00:00:00.000Z"}
    for name, value in forged.items():
        put = {alice.beside(operation, name): value}
        await refused(alice.attempt("message.send", values, put=put), "VALIDATION_ERROR")
    sent = await alice.send(room, "honest")
    equal((await bob.history(room)).many("messages"), [sent], "the history")


@scenario("messages.send.contents", source="shared schemas, Content and Metadata", needs=_TALK)
async def contents_come_back_as_they_were_sent(alice: Actor, room: Facts) -> None:
    """Text of a message, stored and sent on as it came; metadata that the server hands on unread."""
    for text in _TEXTS:
        sent = await alice.send(room, text)
        event = await alice.expect("message.created", {"message.id": sent.id})
        equal(event.facts.facts("message").content, text, "the content")
    fields = alice.setting.contract.operation("message.send").fields
    if not {"attachments", "metadata"} <= set(fields):
        return
    attachments = [Facts({"file": "file_1", "label": "Plan"}), Facts({"file": "file_2"})]
    metadata = {"priority": "high", "nested": {"list": [1, 2.5, None, True], "__proto__": "x"}}
    sent = await alice.send(room, "with things", attachments=attachments, metadata=metadata)
    event = await alice.expect("message.created", {"message.id": sent.id})
    equal(event.facts.facts("message"), sent, "the message")
    equal(sent["metadata"], metadata, "the metadata")
    equal(sent.many("attachments"), attachments, "the attachments")


@scenario("messages.send.large-numbers", source="house rules: what is accepted can be read", needs=_TALK)
async def numbers_that_are_too_large_do_no_harm(alice: Actor, bob: Actor, room: Facts) -> None:
    """What a server cannot write is refused, or everybody can read what it made of it; the others are not affected."""
    if "metadata" not in alice.setting.contract.operation("message.send").fields:
        raise NotApplicable("messages have no metadata")
    accepted = []
    for number in (2**63, 2**64, -(2**63) - 1, 10**30):
        try:
            accepted.append(await alice.send(room, "to the stars", metadata={"distance": number}))
        except Refused as refusal:
            equal(refusal.code, "VALIDATION_ERROR", f"the code of what is refused for the number {number}")
    marker = await bob.send(room, "marker")
    for person in (alice, bob):
        await person.expect("message.created", {"message.id": marker.id})
        for sent in accepted:
            once((person.device,), "message.created", {"message.id": sent.id})
    equal((await bob.history(room)).many("messages"), [*accepted, marker], "the history")


@scenario("messages.reply.elsewhere", source="events document, SendMessage", needs=_TALK)
async def a_reply_names_a_message_of_its_own_conversation(alice: Actor, bob: Actor, room: Facts) -> None:
    """`replyTo` names a message of the same conversation."""
    first = await alice.send(room, "a question")
    reply = await bob.send(room, "an answer", reply_to=first)
    equal(reply.text("reply_to"), first.id, "what is replied to")
    elsewhere = await bob.create(alice)
    await refused(bob.send(elsewhere, "an answer", reply_to=first), "NOT_FOUND")


@scenario("messages.order.agreed", source="events document, Order", needs=_TALK, tags=(BUSY,))
async def all_receivers_agree_on_the_order(alice: Actor, bob: Actor, carol: Actor, room: Facts) -> None:
    """Every connected participant receives the events exactly once and in the order of their `revision`."""
    people = (alice, bob, carol)
    await asyncio.gather(*(_several(person, room, 8) for person in people))
    last = 3 * 8
    for person in people:
        await person.expect("message.created", {"message.sequence": last})
        heard = [event.facts.facts("message") for event in person.device.received("message.created")]
        equal([message.sequence for message in heard], list(range(1, last + 1)), f"what {person.name} hears")
        for sender in people:
            own = [message.content for message in heard if message.ident("sender") == sender.user]
            equal(own, [f"{sender.name} {number}" for number in range(8)], f"the order of {sender.name}")


@scenario("messages.order.pipelined", source="events document, Order", needs=_TALK, tags=(BUSY,))
async def pipelined_messages_keep_their_order(alice: Actor, bob: Actor, room: Facts) -> None:
    """Place of a message in its conversation: 1 for the first, one more for each next, without gaps."""
    texts = [f"message {number}" for number in range(30)]
    operation = alice.socket_operation("message.send")
    asked = await alice.hurry("message.send", [{**alice.address(operation, room), "content": text} for text in texts])
    sent = [await alice.sent(await alice.device.answer(operation, each)) for each in asked]
    first = alice.first_sequence
    equal([message.sequence for message in sent], list(range(first, first + 30)), "the sequence")
    await bob.expect("message.created", {"message.id": sent[-1].id})
    heard = [event.facts.facts("message").content for event in bob.device.received("message.created")]
    equal(heard, texts, "the messages that the other receives")


@scenario(
    "messages.order.many",
    source="house rules: one sender's 200 messages keep their order",
    needs=_TALK,
    tags=(BUSY,),
)
async def of_many_messages_none_is_lost(stage: Stage, alice: Actor, bob: Actor, carol: Actor) -> None:
    """200 messages of several senders: everybody receives each of them once, in one order, that of each sender."""
    people = (alice, bob, carol, await stage.actor("dave"), await stage.actor("erin"))
    room = await stage.room(*people)
    await asyncio.gather(*(_several(person, room, _MANY // len(people)) for person in people))
    marker = await admitted(lambda: alice.send(room, "marker"), alice.setting.timing.expiry)
    orders = []
    for person in people:
        await person.expect("message.created", {"message.id": marker.id})
        heard = [event.facts.facts("message") for event in person.device.received("message.created")]
        orders.append([message.content for message in heard])
        equal(len(heard), _MANY + 1, f"how many messages {person.name} hears")
    ensure(all(each == orders[0] for each in orders), "everybody to receive the same in the same order", *orders)
    for person in people:
        own = [content for content in orders[0] if content.startswith(f"{person.name} ")]
        equal(own, [f"{person.name} {number}" for number in range(_MANY // len(people))], f"those of {person.name}")


def _acknowledged(sender: Actor) -> bool:
    """Whether a sender is told of a repeated message by acknowledgements, and not by the event again."""
    return sender.socket_operation("message.send").acknowledged


async def _several(person: Actor, room: Facts, count: int) -> None:
    for number in range(count):
        send = partial(person.send, room, f"{person.name} {number}")
        await admitted(send, person.setting.timing.expiry)
