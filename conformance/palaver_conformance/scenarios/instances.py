"""Several instances of one server: everything crosses from one to the other."""

from palaver_conformance.expectation import ensure, equal, everywhere, never, once, refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario
from palaver_conformance.scenarios.limits import counts_elsewhere

_TALK = ("message.send@socket", "message.created")
_SOURCE = "house rules: every kind of event crosses instances"
_CROSS = "house rules: removal, logout and limits cross"
_ORDER = "house rules: exactly once, all in the same order"
_EACH = 15


@scenario("instances.message.crosses", case="G18", source="Phase 4 guide, Test 18", needs=_TALK, instances=2)
async def a_message_reaches_a_user_on_another_instance(stage: Stage, alice: Actor, newcomer: Actor) -> None:
    """Connect to instance 1, another user to instance 2: user on instance 2 receives message."""
    near = await newcomer.connect()
    room = await stage.room(alice, newcomer)
    far = await newcomer.connect(instance=1)
    sent = await alice.send(room, "hello over there")
    devices = (alice.device, near, far)
    for device in devices:
        event = await device.expect("message.created", {"message.id": sent.id})
        equal(event.facts.facts("message"), sent, "the message")
    answer = await newcomer.send(room, "hello back", on=far)
    await everywhere(devices, "message.created", {"message.id": answer.id})
    for message in (sent, answer):
        once(devices, "message.created", {"message.id": message.id})


@scenario(
    "instances.change.crosses",
    source=_SOURCE,
    instances=2,
    needs=(*_TALK, "message.edit", "message.edited", "message.delete", "message.deleted"),
)
async def changes_reach_a_user_on_another_instance(stage: Stage, alice: Actor, newcomer: Actor) -> None:
    """Every kind of event crosses instances: edits and deletions, in order."""
    await newcomer.connect(instance=1)
    room = await stage.room(alice, newcomer)
    sent = await alice.send(room, "first thoughts")
    await alice.edit(sent, "second thoughts")
    await alice.delete(sent)
    places = [
        (await newcomer.expect("message.created", {"message.id": sent.id})).index,
        (await newcomer.expect("message.edited", {"id": sent.id})).index,
        (await newcomer.expect("message.deleted", {"id": sent.id})).index,
    ]
    equal(places, sorted(places), "the order of the events")


@scenario(
    "instances.removal.crosses",
    source=_CROSS,
    instances=2,
    needs=(*_TALK, "participant.remove", "conversation.removed"),
)
async def a_removal_silences_a_user_on_another_instance(
    stage: Stage, alice: Actor, bob: Actor, newcomer: Actor
) -> None:
    """`participant.removed` makes every instance take that user's sockets out of the room."""
    await newcomer.connect(instance=1)
    room = await stage.room(alice, bob, newcomer)
    await alice.remove(room, newcomer)
    await newcomer.expect("conversation.removed", {"conversation": room.id})
    await alice.send(room, "between us")
    await refused(newcomer.send(room, "still here"), "FORBIDDEN")
    await stage.fence(alice, newcomer)
    never((newcomer.device,), "message.created", {"message.conversation": room.id})


@scenario("instances.typing.crosses", source=_SOURCE, needs=(*_TALK, "typing.start", "typing.changed"), instances=2)
async def typing_reaches_a_user_on_another_instance(stage: Stage, alice: Actor, newcomer: Actor) -> None:
    """Every kind of event crosses instances: typing."""
    await newcomer.connect(instance=1)
    room = await stage.room(alice, newcomer)
    await alice.type(room)
    await newcomer.expect("typing.changed", {"conversation": room.id, "user": alice.user, "active": True})


@scenario("instances.presence.crosses", source=_SOURCE, needs=("presence.online", "presence.offline"), instances=2)
async def presence_reaches_a_user_on_another_instance(alice: Actor, newcomer: Actor, room: Facts) -> None:
    """Online and offline are sent on the first and last connection of a user only, wherever these are."""
    await alice.add(room, newcomer)
    there = await newcomer.connect(instance=1)
    online = {"user": newcomer.user, "conversation": room.id}
    await alice.expect("presence.online", online)
    here = await newcomer.connect()
    await here.close()
    await there.close()
    await alice.expect("presence.offline", online, patience=alice.setting.timing.expiry)
    once((alice.device,), "presence.online", online)
    once((alice.device,), "presence.offline", online)


@scenario(
    "instances.receipt.crosses",
    source=_SOURCE,
    needs=(*_TALK, "receipt.mark", "receipt.read"),
    instances=2,
)
async def receipts_reach_a_user_on_another_instance(stage: Stage, alice: Actor, newcomer: Actor) -> None:
    """Every kind of event crosses instances: read receipts."""
    await newcomer.connect(instance=1)
    room = await stage.room(alice, newcomer)
    sent = await alice.send(room, "read this")
    await newcomer.expect("message.created", {"message.id": sent.id})
    await newcomer.mark_read(room, sent)
    await alice.expect("receipt.read", {"conversation": room.id, "user": newcomer.user, "message": sent.id})


@scenario(
    "instances.membership.crosses",
    source=_SOURCE,
    needs=(*_TALK, "participant.add", "participant.added", "conversation.joined"),
    instances=2,
)
async def additions_reach_users_on_another_instance(stage: Stage, alice: Actor, newcomer: Actor, bob: Actor) -> None:
    """Every kind of event crosses instances: who is added is in the room at once, wherever they are connected."""
    there = await newcomer.connect(instance=1)
    far = await bob.connect(instance=1)
    room = await stage.room(alice, bob)
    await alice.add(room, newcomer)
    await there.expect("conversation.joined")
    await far.expect("participant.added", {"conversation": room.id, "user": newcomer.user})
    sent = await alice.send(room, "welcome")
    await everywhere((there, far), "message.created", {"message.id": sent.id})


@scenario(
    "instances.update.crosses",
    source=_SOURCE,
    needs=(*_TALK, "conversation.update", "conversation.updated"),
    instances=2,
)
async def a_new_name_reaches_a_user_on_another_instance(stage: Stage, alice: Actor, newcomer: Actor) -> None:
    """Every kind of event crosses instances: changes of a conversation."""
    await newcomer.connect(instance=1)
    room = await stage.room(alice, newcomer)
    await alice.rename(room, "a better name")
    changed = await newcomer.expect("conversation.updated")
    found = changed.facts.get("conversation")
    equal(found.get("name") if isinstance(found, Facts) else found, "a better name", "the name in the event")


@scenario(
    "instances.leave.crosses",
    source=_CROSS,
    needs=(*_TALK, "participant.leave"),
    instances=2,
)
async def leaving_silences_the_connection_on_another_instance(
    stage: Stage, alice: Actor, bob: Actor, newcomer: Actor
) -> None:
    """Who leaves is out of the room on every instance before anything later is delivered."""
    near, far = await newcomer.connect(), await newcomer.connect(instance=1)
    room = await stage.room(alice, bob, newcomer)
    await newcomer.leave(room)
    await alice.send(room, "between us")
    await stage.fence(alice, newcomer)
    never((near, far), "message.created", {"message.conversation": room.id})


@scenario(
    "instances.logout.crosses",
    source=_CROSS,
    needs=("account.logout", "account.register", "session.ready"),
    instances=2,
)
async def logging_out_ends_the_connections_on_every_instance(registered: Actor) -> None:
    """A token that is revoked closes its sockets, on every instance."""
    near, far = await registered.connect(), await registered.connect(instance=1)
    await registered.log_out()
    await near.closed()
    await far.closed()


@scenario("instances.limits.cross", source=_CROSS, needs=_TALK, instances=2)
async def a_limit_counts_over_all_instances(stage: Stage, alice: Actor, newcomer: Actor) -> None:
    """Limits are per user across sockets and instances."""
    await counts_elsewhere(stage, alice, newcomer, instance=1)


@scenario("instances.order.agreed", source=_ORDER, needs=_TALK, instances=2)
async def receivers_on_different_instances_agree_on_the_order(
    stage: Stage, alice: Actor, bob: Actor, newcomer: Actor
) -> None:
    """Every connected member receives it exactly once, all in the same order, however many instances there are."""
    far = await bob.connect(instance=1)
    other = await newcomer.connect(instance=1)
    room = await stage.room(alice, bob, newcomer)
    senders = ((alice, alice.device), (bob, far), (newcomer, other))
    operation = alice.socket_operation("message.send")
    asked = [
        (device, each)
        for number in range(_EACH)
        for sender, device in senders
        for each in await sender.hurry(
            "message.send", [{**sender.address(operation, room), "content": f"{sender.name} {number}"}], on=device
        )
    ]
    for device, each in asked:
        await device.answer(operation, each)
    await stage.fence(alice, alice, bob, newcomer, room=room)
    heard = {
        device.name: [event.facts.facts("message") for event in device.received("message.created")]
        for device in (alice.device, bob.device, far, other)
    }
    orders = {name: [message.content for message in messages] for name, messages in heard.items()}
    first, *others = orders.values()
    equal(len(first), len(senders) * _EACH + 1, "the number of messages received")
    ensure(all(each == first for each in others), "everybody to receive the same in the same order", orders)
    places = [message.sequence for message in heard[alice.device.name] if "sequence" in message]
    equal(places, sorted(set(places)), "the sequence, in which no place is given twice")
    for sender, _ in senders:
        mine = [content for content in first if content.startswith(f"{sender.name} ")]
        equal(mine, [f"{sender.name} {number}" for number in range(_EACH)], f"the messages of {sender.name}")


@scenario("instances.duplicate.none", source=_ORDER, needs=_TALK, instances=2)
async def nobody_receives_a_message_twice(stage: Stage, alice: Actor, newcomer: Actor) -> None:
    """Every connected member receives it exactly once: those beside the sender, and those far away."""
    beside, far = await alice.connect(), await alice.connect(instance=1)
    near, away = await newcomer.connect(), await newcomer.connect(instance=1)
    room = await stage.room(alice, newcomer)
    devices = (alice.device, beside, far, near, away)
    sent = [await alice.send(room, f"message {number}", on=device) for number, device in enumerate((beside, far) * 3)]
    await stage.fence(newcomer, alice, newcomer, room=room)
    for message in sent:
        once(devices, "message.created", {"message.id": message.id})


@scenario("instances.retry.crosses", source="events document, sendMessage", needs=_TALK, instances=2)
async def a_message_sent_again_elsewhere_is_one_message(stage: Stage, alice: Actor, newcomer: Actor) -> None:
    """A client id that was used before returns the first message and sends nothing, from any instance."""
    near, far = await newcomer.connect(), await newcomer.connect(instance=1)
    room = await stage.room(alice, newcomer)
    first = await newcomer.send(room, "did you get this?", client_id="once", on=near)
    again = await newcomer.send(room, "did you get this?", client_id="once", on=far)
    equal(again.id, first.id, "the message")
    await stage.fence(newcomer, alice, newcomer, room=room)
    once((alice.device, near, far), "message.created", {"message.id": first.id})
    equal(len(alice.device.received("message.created")), 2, "the number of messages, the marker included")
