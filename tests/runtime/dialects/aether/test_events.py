"""Each client event does what it says, on connections of the real core; every answer fits the documents."""

import pytest
from doubles.aether import Arrive, Ask, Told, Visitor
from doubles.gateway import token

from palaver_runtime.core import Core
from palaver_runtime.dialects.aether.rooms import CLOSED, OUTSIDE
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.errors import Forbidden
from palaver_runtime.domain.identifiers import id_of_name
from palaver_runtime.domain.values import Caller, ConversationType, MessageKind

GENERAL = id_of_name("general")


def user(user_id: str, room: str = "general") -> dict[str, object]:
    """Give the payload that names a user without an account, and a room."""
    return {"userId": user_id, "username": user_id, "roomId": room}


def left(room: str) -> Told:
    """Give the event that tells a connection that it is no longer in a room."""
    return "left_room", {"message": f"Left room {room}", "roomId": room}


async def private(core: Core, *user_ids: str) -> str:
    """Make a private room of some users, the first of whom owns it; give its id."""
    callers = [await core.accounts.authenticate(token(each)) for each in user_ids]
    command = CreateConversation(type=ConversationType.GROUP, user_ids=user_ids[1:], name="Board")
    conversation, _ = await core.conversations.create(callers[0], command)
    return conversation.id


async def direct(core: Core, one: Caller, other: Caller) -> str:
    """Make a direct conversation; give its id."""
    command = CreateConversation(type=ConversationType.DIRECT, user_ids=(other.user_id,))
    conversation, _ = await core.conversations.create(one, command)
    return conversation.id


async def refused(client: Visitor, event: str, code: str, message: str) -> None:
    """Check that the next thing that a client hears is a refusal."""
    name, payload = await client.next()
    assert name == "error"
    assert (payload["originalEvent"], payload["code"], payload["message"]) == (event, code, message)


async def heard(client: Visitor) -> tuple[object, object]:
    """Give the content and the room of a message that has to be the next thing that a client hears."""
    name, payload = await client.next()
    assert name == "new_message"
    return payload["content"], payload["roomId"]


# join_room.


async def test_join_room_makes_a_participant(core: Core, bob: Caller, arrive: Arrive) -> None:
    """Who joins is told so and becomes a participant, and the others in the room are told who came."""
    alice = await arrive("alice", "general")
    await arrive("bob", "general")
    assert await alice.next() == ("user_joined", user("bob"))
    assert [each.id for each in await core.conversations.rooms(bob, 10)] == [GENERAL]


async def test_joining_again_is_no_news(arrive: Arrive, ask: Ask) -> None:
    """A participant who joins is told so, and nobody else is."""
    alice, bob = await arrive("alice", "general"), await arrive("bob", "general")
    assert await alice.next() == ("user_joined", user("bob"))
    await ask(bob, "join_room", roomId="general")
    assert (await bob.next())[0] == "joined_room"
    await ask(bob, "send_message", roomId="general", content="marker")
    assert await heard(alice) == ("marker", "general")


async def test_room_can_be_entered_by_id(core: Core, arrive: Arrive, ask: Ask) -> None:
    """A participant enters a private room; a stranger is refused, as for a room that is not there."""
    board = await private(core, "alice", "bob")
    bob, eve = await arrive("bob", board), await arrive("eve", "general")
    for room in (board, "0" * 24):
        await ask(eve, "join_room", roomId=room)
        await refused(eve, "join_room", "FORBIDDEN", CLOSED)
    await ask(bob, "send_message", roomId=board, content="secret")
    assert await heard(bob) == ("secret", board)
    await ask(eve, "send_message", roomId="general", content="marker")
    assert await heard(eve) == ("marker", "general")


async def test_only_entered_rooms_are_heard(core: Core, bob: Caller, arrive: Arrive) -> None:
    """A participant's connection that has not entered a room hears nothing of it."""
    board = await private(core, "alice", "bob")
    alice, lobby = await arrive("alice", board), await arrive("bob", "lobby")
    assert await alice.next() == ("user_joined", user("bob", board))
    await core.messages.send(bob, SendMessage(conversation_id=board, content="hello"))
    assert await heard(alice) == ("hello", board)
    await core.messages.send(bob, SendMessage(conversation_id=id_of_name("lobby"), content="marker"))
    assert await heard(lobby) == ("marker", "lobby")


# leave_room.


async def test_leave_room_is_for_good(core: Core, bob: Caller, arrive: Arrive, ask: Ask) -> None:
    """Who leaves is told so once, on each connection in the room, and hears nothing more; the others are told."""
    alice, first, second = [await arrive(each, "general") for each in ("alice", "bob", "bob")]
    third = await arrive("bob", "lobby")
    assert await alice.next() == ("user_joined", user("bob"))
    await ask(first, "leave_room", roomId="general")
    assert await first.next() == await second.next() == left("general")
    assert await alice.next() == ("user_left", user("bob"))
    with pytest.raises(Forbidden):
        await core.conversations.admit(bob, GENERAL)
    await ask(alice, "send_message", roomId="general", content="hello")
    assert await heard(alice) == ("hello", "general")
    for client in (first, second):
        await ask(client, "join_room", roomId="lobby")
        assert (await client.next())[0] == "joined_room"
    await ask(third, "send_message", roomId="lobby", content="marker")
    for client in (first, second, third):
        assert await heard(client) == ("marker", "lobby")


async def test_room_can_be_left_without_having_entered(arrive: Arrive, ask: Ask) -> None:
    """A participant leaves from a connection that is not in the room, and gets its answer."""
    inside, outside = await arrive("bob", "general"), await arrive("bob")
    await ask(inside, "send_message", roomId="general", content="marker")
    assert await heard(inside) == ("marker", "general")
    await ask(outside, "leave_room", roomId="general")
    assert await outside.next() == await inside.next() == left("general")


async def test_leaving_and_coming_again_at_once(arrive: Arrive, ask: Ask) -> None:
    """Each is answered once, however late the removal is told here, and the room is heard in the end."""
    bob = await arrive("bob", "general")
    for _ in range(3):
        await ask(bob, "leave_room", roomId="general")
        await ask(bob, "join_room", roomId="general")
        assert await bob.next() == left("general")
        assert (await bob.next())[0] == "joined_room"
    await ask(bob, "send_message", roomId="general", content="marker")
    assert await heard(bob) == ("marker", "general")


async def test_room_that_one_is_not_in_cannot_be_left(core: Core, arrive: Arrive, ask: Ask) -> None:
    """A stranger is refused, whether there is such a room or not, and so is who has left before."""
    board = await private(core, "alice")
    eve = await arrive("eve", "general")
    await ask(eve, "leave_room", roomId="general")
    assert await eve.next() == left("general")
    for room in (board, "nowhere", "general"):
        await ask(eve, "leave_room", roomId=room)
        await refused(eve, "leave_room", "FORBIDDEN", OUTSIDE)


async def test_direct_conversation_falls_silent(
    core: Core, alice: Caller, bob: Caller, arrive: Arrive, ask: Ask
) -> None:
    """It cannot be left: this connection hears it no more, another one does, and the other user is told nothing."""
    room = await direct(core, alice, bob)
    hers, his, other = [await arrive(each, room) for each in ("alice", "bob", "bob")]
    assert await hers.next() == ("user_joined", user("bob", room))
    await ask(his, "leave_room", roomId=room)
    assert await his.next() == left(room)
    await ask(hers, "send_message", roomId=room, content="hello")
    assert await heard(hers) == await heard(other) == ("hello", room)
    await core.conversations.admit(bob, room)
    await ask(his, "send_message", roomId=room, content="hello")
    await refused(his, "send_message", "FORBIDDEN", OUTSIDE)


async def test_who_is_removed_has_left(core: Core, alice: Caller, arrive: Arrive, ask: Ask) -> None:
    """A removal by the owner is told as leaving; who is added again enters again before anything is heard."""
    board = await private(core, "alice", "bob")
    hers, his = await arrive("alice", board), await arrive("bob", board)
    assert await hers.next() == ("user_joined", user("bob", board))
    await core.conversations.remove(alice, board, "bob")
    assert await his.next() == left(board)
    assert await hers.next() == ("user_left", user("bob", board))
    await core.conversations.add(alice, board, "bob")
    assert await hers.next() == ("user_joined", user("bob", board))
    await ask(hers, "send_message", roomId=board, content="not heard")
    assert await heard(hers) == ("not heard", board)
    await ask(his, "join_room", roomId=board)
    assert (await his.next())[0] == "joined_room"
    await ask(hers, "send_message", roomId=board, content="heard")
    assert await heard(his) == ("heard", board)


# send_message.


async def test_send_message_reaches_the_room(core: Core, bob: Caller, arrive: Arrive, ask: Ask) -> None:
    """Everybody in the room hears it, the sender included; it is stored with its kind."""
    hers, his = await arrive("alice", "general"), await arrive("bob", "general")
    assert await hers.next() == ("user_joined", user("bob"))
    await ask(his, "send_message", roomId="general", content="look", messageType="image")
    told = await hers.next()
    assert await his.next() == told
    (stored,), _ = await core.messages.page(bob, GENERAL, 1, 10)
    assert (stored.kind, stored.content) == (MessageKind.IMAGE, "look")
    assert told == (
        "new_message",
        {
            **user("bob"),
            "id": stored.id,
            "content": "look",
            "messageType": "image",
            "createdAt": told[1]["createdAt"],
            "sequence": 1,
        },
    )


async def test_event_names_the_room_as_the_connection_does(arrive: Arrive, ask: Ask) -> None:
    """Who entered by name hears the name, who entered by id the id."""
    alice, bob = await arrive("alice", "general"), await arrive("bob", GENERAL)
    assert await alice.next() == ("user_joined", user("bob"))
    await ask(bob, "send_message", roomId="general", content="hello")
    assert await heard(alice) == ("hello", "general")
    assert await heard(bob) == ("hello", GENERAL)


@pytest.mark.parametrize("event", ["send_message", "typing_start", "typing_stop"])
async def test_outside_of_the_room_nothing_can_be_said(core: Core, arrive: Arrive, ask: Ask, event: str) -> None:
    """A connection that has not entered is refused, a stranger's and a participant's alike, and nobody is told."""
    board = await private(core, "alice", "bob")
    bob, eve = await arrive("bob"), await arrive("eve")
    alice = await arrive("alice", board)
    content = {"content": "hello"} if event == "send_message" else {}
    for outside in (bob, eve):
        for room in (board, "nowhere"):
            await ask(outside, event, roomId=room, **content)
            await refused(outside, event, "FORBIDDEN", OUTSIDE)
    await ask(alice, "send_message", roomId=board, content="marker")
    assert await heard(alice) == ("marker", board)


# Typing.


async def test_typing_is_told_to_the_others(arrive: Arrive, ask: Ask) -> None:
    """Start and stop reach the others in the room, and nothing answers them."""
    alice, bob = await arrive("alice", "general"), await arrive("bob", "general")
    assert await alice.next() == ("user_joined", user("bob"))
    await ask(bob, "typing_start", roomId="general")
    await ask(bob, "typing_stop", roomId="general")
    assert await alice.next() == ("user_typing", {**user("bob"), "isTyping": True})
    assert await alice.next() == ("user_typing", {**user("bob"), "isTyping": False})
    await ask(bob, "send_message", roomId="general", content="marker")
    assert await heard(bob) == ("marker", "general")
