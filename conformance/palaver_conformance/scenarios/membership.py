"""Participants: being added, being removed, leaving."""

from palaver_conformance.errors import NotApplicable
from palaver_conformance.expectation import ensure, equal, everywhere, never, once, refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario

_ADD = ("participant.add", "participant.added", "conversation.joined")
_REMOVE = ("participant.remove", "participant.removed", "conversation.removed")
_TALK = ("message.send", "message.created")


@scenario("membership.add.told", case="G14", source="Phase 4 guide, Test 14", needs=(*_ADD, *_TALK))
async def a_new_participant_is_told_and_joined(alice: Actor, bob: Actor, stranger: Actor, room: Facts) -> None:
    """A and B 'participant:added'; C 'conversation:joined' (if connected); C's socket joined to room."""
    phone = await stranger.connect()
    await alice.add(room, stranger)
    added = {"conversation": room.id, "user": stranger.user}
    await everywhere((alice.device, bob.device), "participant.added", added)
    joined = {"conversation.id": room.id}
    await everywhere((stranger.device, phone), "conversation.joined", joined)
    sent = await bob.send(room, "welcome")
    everybody = (alice.device, bob.device, stranger.device, phone)
    await everywhere(everybody, "message.created", {"message.id": sent.id})
    once((alice.device, bob.device), "participant.added", added)
    once((stranger.device, phone), "conversation.joined", joined)
    answer = await stranger.send(room, "thank you")
    await everywhere(everybody, "message.created", {"message.id": answer.id})


@scenario(
    "membership.add.history",
    source="REST document, addParticipant",
    needs=("participant.add", "message.send", "message.history"),
)
async def a_new_participant_sees_the_history_as_read(alice: Actor, newcomer: Actor, room: Facts) -> None:
    """Who is added becomes a member, sees the whole history and starts with nothing unread."""
    sent = await alice.send(room, "before your time")
    await alice.add(room, newcomer)
    equal((await newcomer.history(room)).many("messages"), [sent], "the history")
    equal(await newcomer.unread(room), 0, "the unread count")
    if newcomer.setting.contract.has("conversation.get"):
        members = (await newcomer.get(room)).many("participants")
        roles = {member.ident("user"): member.get("role") for member in members if "role" in member}
        ensure(not roles or roles == {alice.user: "owner", newcomer.user: "member"}, "the roles", roles)


@scenario("membership.add.by-member", source="REST document, addParticipant", needs=("participant.add",))
async def only_the_owner_adds(alice: Actor, bob: Actor, newcomer: Actor, room: Facts) -> None:
    """Only the owner may add a participant to a group."""
    await refused(bob.add(room, newcomer), "FORBIDDEN")
    await refused(newcomer.add(room, newcomer), "FORBIDDEN")
    await refused(alice.add(room, bob), "CONFLICT")
    await refused(
        alice.perform("participant.add", {"conversation": room.id, "user": "nobody-has-this-id"}), "NOT_FOUND"
    )
    if alice.setting.contract.has("conversation.get"):
        listed = (await alice.get(room))["participants"]
        equal(len(listed) if isinstance(listed, list) else listed, 2, "the number of participants")


@scenario(
    "membership.join.told",
    source="AetherConnect Phase 4, join_room",
    needs=("participant.join", "participant.added", *_TALK),
)
async def who_joins_an_open_conversation_is_told(alice: Actor, stranger: Actor, room: Facts) -> None:
    """Room management (create, join, leave rooms): the others are told who joined, and hear the new one."""
    await refused(stranger.send(room, "from outside"), "FORBIDDEN")
    await stranger.perform("participant.join", {"conversation": room.id})
    await stranger.inhabit(room)
    joined = {"conversation": room.id, "user": stranger.user}
    await alice.expect("participant.added", joined)
    sent = await stranger.send(room, "from inside")
    await everywhere((alice.device, stranger.device), "message.created", {"message.id": sent.id})
    once((alice.device,), "participant.added", joined)
    never((alice.device,), "message.created", {"message.content": "from outside"})


@scenario(
    "membership.join.entry",
    source="AetherConnect Phase 4, handleMessage",
    needs=("message.send@socket", "message.created"),
)
async def a_connection_hears_what_it_has_entered(alice: Actor, bob: Actor, room: Facts) -> None:
    """Room-based broadcasting: a connection hears a room from when it joins it."""
    if alice.setting.contract.entry is None:
        raise NotApplicable("connections are in all rooms of their user from the start")
    bob.rooms.clear()
    outside = await bob.connect()
    unheard = await alice.send(room, "to those inside")
    await bob.expect("message.created", {"message.id": unheard.id})
    await bob.enter(room, on=outside)
    heard = await alice.send(room, "to everybody")
    await everywhere((bob.device, outside), "message.created", {"message.id": heard.id})
    never((outside,), "message.created", {"message.id": unheard.id})


@scenario("membership.remove.told", case="G15", source="Phase 4 guide, Test 15", needs=(*_REMOVE, *_TALK))
async def a_removed_participant_is_told_and_goes_silent(
    stage: Stage, alice: Actor, bob: Actor, carol: Actor, room: Facts
) -> None:
    """A and B 'participant:removed'; C 'conversation:removed'; C's socket leaves room."""
    phone = await carol.connect()
    await alice.remove(room, carol)
    gone = {"conversation": room.id, "user": carol.user}
    await everywhere((alice.device, bob.device), "participant.removed", gone)
    await everywhere((carol.device, phone), "conversation.removed", {"conversation": room.id})
    sent = await alice.send(room, "between us")
    await everywhere((alice.device, bob.device), "message.created", {"message.id": sent.id})
    await refused(carol.send(room, "still here"), "FORBIDDEN")
    await stage.fence(alice, bob, carol)
    never((carol.device, phone), "message.created", {"message.conversation": room.id})
    once((carol.device, phone), "conversation.removed", {"conversation": room.id})
    once((alice.device, bob.device), "participant.removed", gone)
    never((alice.device, bob.device), "message.created", {"message.sender": carol.user})


@scenario(
    "membership.remove.locked-out",
    source="house rules: an ex-member can neither read, sync, send nor type",
    needs=("participant.remove", "message.history", "message.sync", "typing.start", "room.join"),
)
async def a_removed_participant_is_locked_out(alice: Actor, bob: Actor, room: Facts) -> None:
    """An ex-member can neither read, sync, send nor type; a live socket is no way back."""
    sent = await bob.send(room, "mine")
    await alice.remove(room, bob)
    await refused(bob.history(room), "FORBIDDEN")
    await refused(bob.sync(room), "FORBIDDEN")
    await refused(bob.type(room), "FORBIDDEN")
    await refused(bob.enter(room), "FORBIDDEN")
    await refused(bob.send(room, "by another way", via="http"), "FORBIDDEN")
    await refused(bob.edit(sent, "still mine"), "NOT_FOUND")
    await refused(bob.delete(sent), "NOT_FOUND")


@scenario("membership.remove.by-member", source="REST document, removeParticipant", needs=("participant.remove",))
async def only_the_owner_removes(alice: Actor, bob: Actor, carol: Actor, stranger: Actor, room: Facts) -> None:
    """Only the owner may remove a participant; who is none is NOT_FOUND."""
    await refused(bob.remove(room, carol), "FORBIDDEN")
    await refused(stranger.remove(room, carol), "FORBIDDEN")
    await refused(alice.remove(room, stranger), "NOT_FOUND")
    await alice.remove(room, carol)
    await refused(alice.remove(room, carol), "NOT_FOUND")
    await alice.add(room, carol)
    equal(len((await alice.get(room)).many("participants")), 3, "the number of participants")


@scenario(
    "membership.leave.told",
    source="Phase 4 guide, Step 4.12",
    needs=("participant.leave", "participant.removed", *_TALK),
)
async def who_leaves_is_gone(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """After user leaves: the others are told, and the leaving socket leaves the room."""
    await bob.leave(room)
    await alice.expect("participant.removed", {"conversation": room.id, "user": bob.user})
    if bob.setting.contract.has("conversation.removed"):
        await bob.expect("conversation.removed", {"conversation": room.id})
    await alice.send(room, "alone")
    await refused(bob.send(room, "am I?"), "FORBIDDEN")
    await stage.fence(alice, bob)
    never((bob.device,), "message.created", {"message.conversation": room.id})


@scenario(
    "membership.leave.owner",
    source="shared schemas, Role",
    needs=("participant.leave", "participant.add", "conversation.get"),
)
async def the_longest_standing_participant_inherits(alice: Actor, bob: Actor, newcomer: Actor, room: Facts) -> None:
    """When the owner leaves, the longest-standing participant becomes the owner."""
    await alice.add(room, newcomer)
    await alice.leave(room)
    members = (await bob.get(room)).many("participants")
    roles = {member.ident("user"): member.text("role") for member in members}
    equal(roles, {bob.user: "owner", newcomer.user: "member"}, "the roles")
    await bob.remove(room, newcomer)


@scenario("membership.room.enter", source="all documents, room.join", needs=("room.join", *_TALK))
async def entering_a_room_again_changes_nothing(alice: Actor, bob: Actor, room: Facts) -> None:
    """Who is in a room already may enter it again, and hears everything once all the same."""
    for _ in range(2):
        await bob.enter(room)
    sent = await alice.send(room, "hello")
    await bob.expect("message.created", {"message.id": sent.id})
    await bob.alive()
    once((bob.device,), "message.created", {"message.id": sent.id})


@scenario("membership.room.joined", source="all documents, room.joined", needs=("room.join", "room.joined"))
async def who_enters_a_room_is_told_that_it_did(alice: Actor, bob: Actor, room: Facts) -> None:
    """Joined room: the connection that asked is told, and no other."""
    phone = await bob.connect()
    alice.device.begin_anew()
    await bob.enter(room, on=phone)
    await phone.expect("room.joined", {"conversation": room.id})
    await alice.alive()
    never((alice.device,), "room.joined", {"conversation": room.id})


@scenario(
    "membership.room.left",
    source="all documents, room.left",
    needs=("room.left", "message.created", "message.send@socket"),
)
async def a_room_that_was_left_is_silent(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """Left room: the connection is told, and hears the room no more."""
    await (bob.mute(room) if bob.setting.contract.has("room.leave") else bob.leave(room))
    await bob.expect("room.left", {"conversation": room.id})
    unheard = await alice.send(room, "to those inside")
    await alice.expect("message.created", {"message.id": unheard.id})
    await stage.fence(alice, bob)
    never((bob.device,), "message.created", {"message.id": unheard.id})


@scenario("membership.room.mute", source="events document, Rooms", needs=("room.join", "room.leave", *_TALK))
async def a_room_is_left_and_entered_by_one_connection(stage: Stage, alice: Actor, bob: Actor, room: Facts) -> None:
    """`room:leave` silences one conversation on one connection, `room:join` brings it back."""
    phone = await bob.connect()
    await bob.mute(room, on=phone)
    missed = await alice.send(room, "for the desk only")
    await bob.expect("message.created", {"message.id": missed.id})
    await stage.fence(alice, bob)
    never((phone,), "message.created", {"message.id": missed.id})
    entered = await bob.enter(room, on=phone)
    ensure(entered.get("room", room.id) == room.id, "the room that was entered", entered)
    heard = await bob.send(room, "for both", on=phone)
    await everywhere((bob.device, phone), "message.created", {"message.id": heard.id})
    once((bob.device, phone), "message.created", {"message.id": heard.id})
