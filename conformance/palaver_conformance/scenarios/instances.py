"""Several instances of one server: everything crosses from one to the other."""

from palaver_conformance.actor import Actor
from palaver_conformance.expectation import equal, everywhere, never, once, refused
from palaver_conformance.facts import Facts
from palaver_conformance.scenario import scenario
from palaver_conformance.stage import Stage

_TALK = ("message.send@socket", "message.created", "conversation.create")
_SOURCE = "house rules: every kind of event crosses instances"


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
    source="house rules: removal, logout and limits cross",
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
