"""Who is there."""

import time

from palaver_conformance.errors import NotApplicable
from palaver_conformance.expectation import equal, never, once
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario

# In seconds, on any machine: servers wait longer before they tell.
_MOMENT = 0.8
_TRIES, _TIMES = 12, 3


@scenario(
    "presence.online.first", case="G11", source="Phase 4 guide, Test 11", needs=("presence.online", "message.created")
)
async def a_user_comes_online_with_the_first_connection(
    stage: Stage, alice: Actor, newcomer: Actor, stranger: Actor
) -> None:
    """User A and User B in same conversation, B connects: A receives 'user:online' with B's ID."""
    room = await stage.room(alice, newcomer)
    await newcomer.connect()
    online = {"user": newcomer.user, "conversation": room.id}
    await alice.expect("presence.online", online)
    await newcomer.connect()
    await stage.fence(alice, alice, newcomer, room=room)
    await stage.fence(alice, stranger)
    once((alice.device,), "presence.online", online)
    never((*newcomer.devices, stranger.device), "presence.online", {"user": newcomer.user})


@scenario(
    "presence.online.shared",
    source="design, Presence: sent on the first connection of a user only, to those who share a conversation",
    needs=("presence.online", "message.created"),
)
async def who_shares_several_conversations_is_told_once(stage: Stage, alice: Actor, newcomer: Actor) -> None:
    """Presence is told once in each shared conversation, and once in all where it names no conversation."""
    rooms = {room.id: room for room in (await stage.room(alice, newcomer), await stage.room(alice, newcomer))}
    await newcomer.connect()
    online: dict[str, object] = {"user": newcomer.user}
    told = [online]
    if alice.setting.contract.event("presence.online").has_place("conversation"):
        told = [{**online, "conversation": each} for each in rooms]
    for where in told:
        await alice.expect("presence.online", where)
    await stage.fence(alice, alice, newcomer, room=next(iter(rooms.values())))
    for where in told:
        once((alice.device,), "presence.online", where)


@scenario("presence.offline.last", case="G12", source="Phase 4 guide, Test 12", needs=("presence.offline",), slow=True)
async def a_user_goes_offline_with_the_last_connection(
    stage: Stage, alice: Actor, bob: Actor, newcomer: Actor, room: Facts
) -> None:
    """User A and User B connected, same conversation, B disconnects: A receives 'user:offline' with B's ID."""
    await stage.room(alice, newcomer)
    phone = await bob.connect()
    offline = {"user": bob.user, "conversation": room.id}
    await bob.device.close()
    # Servers wait a moment before they tell. Of two who leave at the same time either may be told of first, so the
    # newcomer leaves twice: when that is told the second time, the wait for Bob has ended one such moment ago.
    for _ in range(2):
        visit = await newcomer.connect()
        await visit.close()
        await alice.expect("presence.offline", {"user": newcomer.user}, patience=alice.setting.timing.expiry)
    await stage.fence(alice, alice, room=room)
    never((alice.device,), "presence.offline", offline)
    await phone.close()
    await alice.expect("presence.offline", offline, patience=alice.setting.timing.expiry)
    await stage.fence(alice, alice, room=room)
    once((alice.device,), "presence.offline", offline)


@scenario("presence.list.online", source="REST document, listOnline", needs=("presence.list",))
async def who_is_online_can_be_asked(stage: Stage, alice: Actor, bob: Actor, newcomer: Actor, room: Facts) -> None:
    """The participants who are connected, the caller included if connected."""
    equal(await alice.online(room), {alice.user, bob.user}, "who is online")
    other = await stage.room(alice, newcomer)
    equal(await newcomer.online(other), {alice.user}, "who is online, asked by one who is not")
    await newcomer.connect()
    equal(await alice.online(other), {alice.user, newcomer.user}, "who is online")


@scenario(
    "presence.reconnect.quick", source="events document, onUserOffline", needs=("presence.online", "presence.offline")
)
async def a_quick_reconnect_does_not_flap(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """When the user's last connection has ended and none came back for a moment."""
    visitor, clean = bob, 0
    for _ in range(_TRIES):
        left = time.monotonic()
        await visitor.devices[-1].close()
        await visitor.connect()
        took = time.monotonic() - left
        await stage.fence(alice, alice, visitor, room=room)
        user = {"user": visitor.user}
        if not any(alice.device.received(means, user) for means in ("presence.offline", "presence.online")):
            # Several times: a server that does not wait may by chance be slower than somebody who is quick.
            clean += 1
            if clean == _TIMES:
                return
            continue
        if took < _MOMENT:
            never((alice.device,), "presence.offline", user)
            never((alice.device,), "presence.online", user)
        # What is told of somebody who took longer than that may be right.
        visitor = await stage.actor("visitor")
        room = await stage.room(alice, visitor)
    raise NotApplicable(f"nobody could connect again within {_MOMENT:g} s here")
