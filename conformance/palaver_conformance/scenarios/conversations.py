"""Conversations: coming to be, being listed, being changed."""

import asyncio

from palaver_conformance.contract.model import VIAS
from palaver_conformance.errors import Failure, NotApplicable
from palaver_conformance.expectation import ensure, equal, everywhere, never, once, refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.account import Account
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario

_LIST = ("conversation.list", "conversation.create")
_MISSING = "0" * 24


@scenario(
    "conversations.create.notifies",
    case="G13",
    source="Phase 4 guide, Test 13",
    needs=("conversation.create", "conversation.created", "message.send", "message.created"),
)
async def a_new_conversation_is_told_to_its_members(alice: Actor, bob: Actor, stranger: Actor) -> None:
    """'conversation:new' event; socket auto-joined to new conversation room."""
    phone = await bob.connect()
    room = await alice.create(bob)
    where = {"conversation.id": room.id}
    await everywhere((bob.device, phone), "conversation.created", where)
    sent = await alice.send(room, "welcome")
    await everywhere((alice.device, bob.device, phone), "message.created", {"message.id": sent.id})
    once((bob.device, phone), "conversation.created", where)
    equal(_members(room), {alice.user, bob.user}, "the participants")
    equal(
        _members(bob.device.received("conversation.created", where)[0].facts.facts("conversation")),
        _members(room),
        "the participants in the event",
    )
    await stranger.alive()
    never((stranger.device,), "conversation.created", where)


@scenario(
    "conversations.create.unknown-user", source="REST document, createConversation", needs=("conversation.create",)
)
async def an_unknown_participant_is_not_found(alice: Actor) -> None:
    """An unknown participant is NOT_FOUND."""
    ghost = Actor("ghost", alice.setting, Account("ghost", "nobody-has-this-id", ""))
    if alice.makes_groups and "users" in alice.setting.contract.operation("conversation.create").fields:
        await refused(alice.create(ghost), "NOT_FOUND")
    await refused(alice.direct(ghost), "NOT_FOUND")


@scenario("conversations.direct.same", source="REST document, createConversation", needs=("conversation.create",))
async def a_direct_conversation_is_the_same_from_both_sides(alice: Actor, bob: Actor) -> None:
    """For two people there is one direct conversation: asking for it again, from either side, returns it."""
    first = await alice.direct(bob)
    equal((await alice.direct(bob)).id, first.id, "the conversation when asked for again")
    equal((await bob.direct(alice)).id, first.id, "the conversation from the other side")


@scenario(
    "conversations.direct.race",
    source="REST document, createConversation",
    needs=("conversation.create",),
)
async def a_direct_conversation_created_by_both_at_once_is_one(alice: Actor, bob: Actor) -> None:
    """For two people there is one direct conversation: asking for it again, from either side, returns it."""
    rooms = await asyncio.gather(*(one.direct(other) for one, other in ((alice, bob), (bob, alice)) * 3))
    equal(len({room.id for room in rooms}), 1, "the number of conversations")
    if bob.setting.contract.has("conversation.created"):
        where = {"conversation.id": rooms[0].id}
        await bob.expect("conversation.created", where)
        await bob.alive()
        once((bob.device,), "conversation.created", where)


@scenario(
    "conversations.direct.first",
    source="Phase 3: Real-Time Messaging System, Conversation Management",
    needs=("message.send@socket", "message.created", "conversation.list"),
)
async def the_first_message_makes_the_conversation(alice: Actor, bob: Actor) -> None:
    """Automatic conversation creation on first message; that of both at once is one."""
    if "recipient" not in alice.setting.contract.operation("message.send").fields:
        raise NotApplicable("messages are sent to a conversation that is there already")
    sent = await asyncio.gather(*(one.tell(two, "hello") for one, two in ((alice, bob), (bob, alice)) * 2))
    equal(len({message.text("conversation") for message in sent}), 1, "the number of conversations")
    for person in (alice, bob):
        for message in sent:
            await person.expect("message.created", {"message.id": message.id})
        listed = (await person.conversations()).many("conversations")
        equal([each.id for each in listed], [sent[0].text("conversation")], f"the conversations of {person.name}")
    ghost = Actor("ghost", alice.setting, Account("ghost", "nobody-has-this-id", ""))
    await refused(alice.tell(ghost, "anybody there?"), "NOT_FOUND")


@scenario(
    "conversations.direct.fixed",
    source="REST document, participants",
    needs=("conversation.create", "participant.add", "participant.leave", "conversation.update"),
)
async def a_direct_conversation_cannot_be_changed(alice: Actor, bob: Actor, newcomer: Actor) -> None:
    """A direct conversation has exactly two participants for ever; it cannot be left or changed (CONFLICT)."""
    room = await alice.direct(bob)
    await refused(alice.add(room, newcomer), "CONFLICT")
    await refused(alice.remove(room, bob), "CONFLICT")
    await refused(bob.leave(room), "CONFLICT")
    await refused(alice.rename(room, "just us"), "CONFLICT")
    equal(_members(await alice.get(room)), {alice.user, bob.user}, "the participants")


@scenario(
    "conversations.list.own",
    source="REST document, listConversations",
    needs=("conversation.list", "message.send"),
)
async def the_listing_has_last_message_and_unread_count(
    stage: Stage, alice: Actor, bob: Actor, stranger: Actor, room: Facts
) -> None:
    """Latest activity first, each with its last message and the caller's unread count."""
    other = await stage.room(stranger, bob)
    await alice.send(room, "one")
    last = await alice.send(room, "two")
    page = (await bob.conversations()).many("conversations")
    equal([each.id for each in page if each.id in (room.id, other.id)], [room.id, other.id], "the order")
    mine = (await alice.conversations()).many("conversations")
    ensure(room.id in {each.id for each in mine}, "the conversation in the sender's listing", *mine)
    hidden = not alice.setting.contract.has("participant.join")
    ensure(not hidden or other.id not in {each.id for each in mine}, "no conversation of others in it", *mine)
    if "last_message" in page[0]:
        equal(page[0]["last_message"], last, "the last message")
    if "unread" in page[0]:
        equal(page[0].number("unread"), 2, "the unread count of the receiver")
        equal(mine[0].number("unread"), 0, "the unread count of the sender")
    if bob.setting.contract.has("conversation.get"):
        equal((await bob.get(room)).number("unread"), 2, "the unread count of the conversation itself")


@scenario("conversations.list.pages", source="REST document, listConversations", needs=_LIST)
async def the_listing_comes_in_pages(alice: Actor, bob: Actor) -> None:
    """`nextCursor`: where the next page starts; absent on the last page."""
    if "cursor" not in alice.setting.contract.operation("conversation.list").fields:
        raise NotApplicable("the listing comes as a whole")
    rooms = [(await alice.create(bob, name=f"room {number}")).id for number in range(5)]
    seen: list[str] = []
    cursor = None
    for _ in rooms:
        page = await alice.conversations(cursor=cursor, limit=2)
        seen += [each.id for each in page.many("conversations")]
        cursor = page.text("next_cursor") if "next_cursor" in page else None
        if cursor is None:
            break
    equal(seen, rooms[::-1], "the conversations of all pages")
    ensure(cursor is None, "the last page to have no cursor", cursor)


@scenario(
    "conversations.update.owner",
    source="REST document, updateConversation",
    needs=("conversation.update", "conversation.updated"),
)
async def the_owner_renames_a_group(alice: Actor, bob: Actor, room: Facts) -> None:
    """Only the owner may; a conversation's changed name reaches the participants."""
    await refused(bob.rename(room, "mutiny"), "FORBIDDEN")
    changed = await alice.rename(room, "Release planning")
    equal(changed.text("name"), "Release planning", "the name")
    event = await bob.expect("conversation.updated", {"conversation.id": room.id})
    equal(event.facts.facts("conversation").text("name"), "Release planning", "the name in the event")
    equal(len(bob.device.received("conversation.updated")), 1, "the number of changes told")


@scenario(
    "conversations.get.stranger",
    source="REST document, getConversation; error catalogue, FORBIDDEN",
    needs=("message.history",),
)
async def a_stranger_cannot_tell_a_conversation_from_none(
    alice: Actor, bob: Actor, stranger: Actor, room: Facts
) -> None:
    """A conversation that does not exist answers the same, so that nobody can find out which exist."""
    requests: dict[str, dict[str, object]] = {
        "conversation.get": {},
        "conversation.update": {"name": "taken over"},
        "message.send": {"content": "let me in"},
        "message.sync": {},
        "message.history": {},
        "room.join": {},
        "room.leave": {},
        "typing.start": {},
        "typing.stop": {},
        "receipt.mark": {"message": _MISSING, "sequence": 1},
        "receipt.unread": {},
        "presence.list": {},
        "participant.add": {"user": stranger.user},
        "participant.leave": {},
    }
    contract = stranger.setting.contract
    for means, values in requests.items():
        if means == "room.join" and contract.has("participant.join"):
            continue  # this one is open to everybody
        for via in VIAS:
            fields = contract.operation(means, via).fields if contract.has(f"{means}@{via}") else {}
            if "conversation" in fields:
                known = {name: value for name, value in values.items() if name in fields}
                real = {"conversation": room.id, **known}
                there = await refused(stranger.perform(means, real, via=via), "FORBIDDEN")
                none = {**real, "conversation": _MISSING}
                gone = await refused(stranger.perform(means, none, via=via), "FORBIDDEN")
                equal((there.message, there.details), (gone.message, gone.details), f"the answer to {means}")
    if contract.has("conversation.get"):
        equal(_members(await alice.get(room)), {alice.user, bob.user}, "the participants")


@scenario("users.look-up.shared", source="REST document, getUser", needs=("user.get", "conversation.create"))
async def users_are_visible_to_those_who_share_a_conversation(alice: Actor, bob: Actor, stranger: Actor) -> None:
    """Visible are the caller and those who share a conversation; everybody else is NOT_FOUND, existing or not."""
    await alice.create(bob)
    equal((await alice.look_up(bob)).id, bob.user, "the user")
    there = await refused(stranger.look_up(bob), "NOT_FOUND")
    gone = await refused(stranger.perform("user.get", {"user": "nobody-has-this-id"}), "NOT_FOUND")
    equal(there.message, gone.message, "the answer for an existing and for a missing user")


def _members(room: Facts) -> set[str]:
    listed = room["participants"]
    members = listed if isinstance(listed, list) else []
    found = {each.ident("user" if "user" in each else "id") if isinstance(each, Facts) else each for each in members}
    if len(found) != len(members):
        raise Failure("each participant once", [repr(room)])
    return found
