"""Each frame that clients send does what it says, with the real services."""

import asyncio
import json

import pytest

from palaver_runtime.core import Core
from palaver_runtime.domain.values import Caller
from palaver_runtime.services.capacity import Capacity

NOWHERE = "0" * 24


def _only(frames: list[tuple[str, dict[str, object]]], type_: str) -> dict[str, object]:
    """Give the payload of the one frame that there is."""
    assert [each for each, _ in frames] == [type_]
    return frames[0][1]


def _beside_presence(frames: list[tuple[str, dict[str, object]]], type_: str) -> dict[str, object]:
    """Give the payload of the one frame that there is; who came online just before may be told at any time."""
    return _only([each for each in frames if each[0] != "presenceUpdate"], type_)


def _code(frames: list[tuple[str, dict[str, object]]]) -> object:
    return _only(frames, "error")["code"]


# Entering.


async def test_room_is_entered_with_what_was_said(people, connect, alice: Caller, bob: Caller) -> None:
    """The newest fifty messages come with the room, in order, and how many of all are unread; later ones follow."""
    room = await people.group(alice, "bob", name="Planning")
    sent = [await people.say(alice, room, str(number)) for number in range(53)]
    client = await connect("bob")
    await people.say(alice, room, "not heard yet")
    assert client.take() == []
    joined = _only(await client.ask("joinRoom", roomId=room), "roomJoined")
    assert (joined["room"]["id"], joined["room"]["type"], joined["unreadCount"]) == (room, "GROUP", 54)
    assert joined["room"]["lastMessageText"] == "not heard yet"
    assert [each["id"] for each in joined["messages"]][:-1] == [each.id for each in sent[4:]]
    later = await people.say(alice, room, "later")
    assert (await client.hears("message"))["id"] == later.id


async def test_empty_room(people, connect, alice: Caller, bob: Caller) -> None:
    """A room in which nothing was said can be entered."""
    room = await people.group(alice, "bob")
    joined = _only(await (await connect("bob")).ask("joinRoom", roomId=room), "roomJoined")
    assert (joined["messages"], joined["unreadCount"]) == ([], 0)


async def test_direct_room_is_entered_by_the_other_user(connect, alice: Caller, bob: Caller) -> None:
    """The room of the two is made, once, whoever asks first; each hears the other from then on."""
    one, two = await connect("alice"), await connect("bob")
    first = _beside_presence(await one.ask("joinRoom", targetUserId="bob"), "roomJoined")["room"]
    second = _beside_presence(await two.ask("joinRoom", targetUserId="alice"), "roomJoined")["room"]
    assert first == second
    assert (first["type"], first["user1"]["id"], first["user2"]["id"]) == ("DIRECT", "alice", "bob")
    await one.send(
        json.dumps({"type": "sendMessage", "payload": {"roomId": first["id"], "content": "hi"}}), "sendMessage"
    )
    # Whoever has only just entered is told after what was before it.
    assert await one.hears("message") == await two.hears("message")
    assert "message" not in (*one.types, *two.types)


@pytest.mark.parametrize(
    "payload",
    [{}, {"roomId": NOWHERE, "targetUserId": "bob"}],
)
async def test_exactly_one_room_is_meant(connect, alice: Caller, bob: Caller, payload: dict[str, str]) -> None:
    """Neither none nor two."""
    error = _only(await (await connect("alice")).ask("joinRoom", **payload), "error")
    assert error["code"] == "VALIDATION_ERROR"
    assert error["details"]["fields"][0]["field"] == "/payload"


@pytest.mark.parametrize(("user", "code"), [("nobody", "NOT_FOUND"), ("alice", "VALIDATION_ERROR")])
async def test_direct_room_is_with_somebody_else(connect, alice: Caller, user: str, code: str) -> None:
    """A user who is unknown, and oneself, are refused."""
    assert _code(await (await connect("alice")).ask("joinRoom", targetUserId=user)) == code


async def test_room_of_others_is_as_one_that_is_not(people, connect, alice: Caller, bob: Caller) -> None:
    """A stranger cannot tell the two apart, hears nothing, and is no member."""
    room = await people.group(alice)
    client = await connect("bob")
    refused = _only(await client.ask("joinRoom", roomId=room), "error")
    missing = _only(await client.ask("joinRoom", roomId=NOWHERE), "error")
    assert refused["code"] == "FORBIDDEN"
    assert refused["message"] == missing["message"]
    await people.say(alice, room)
    assert client.take() == []


async def test_public_room_is_for_everybody(core: Core, people, connect, alice: Caller, bob: Caller) -> None:
    """Who enters a group that is open becomes a member of it."""
    room = await people.group(alice, public=True, name="general")
    client = await connect("bob")
    joined = _only(await client.ask("joinRoom", roomId=room), "roomJoined")
    assert [each["id"] for each in joined["room"]["members"]] == ["alice", "bob"]
    message = await people.say(bob, room)
    assert (await client.hears("message"))["id"] == message.id


async def test_full_room_is_closed(core: Core, people, connect, alice: Caller, bob: Caller) -> None:
    """A group that takes nobody more refuses, with a code that the document names."""
    core.conversations.capacity = Capacity(members=1)
    room = await people.group(alice, public=True)
    error = _only(await (await connect("bob")).ask("joinRoom", roomId=room), "error")
    assert error["code"] == "FORBIDDEN"
    assert "at most 1 " in error["message"]


async def test_entering_again_answers_anew(people, connect, alice: Caller, bob: Caller) -> None:
    """The answer is as the room then is, and later messages still come once."""
    room = await people.group(alice, "bob")
    client = await connect("bob", room)
    first = await people.say(alice, room)
    await client.hears("message")
    assert [each["id"] for each in _only(await client.ask("joinRoom", roomId=room), "roomJoined")["messages"]] == [
        first.id
    ]
    second = await people.say(alice, room)
    assert (await client.hears("message"))["id"] == second.id
    assert client.take() == []


async def test_nothing_is_lost_or_doubled_on_the_way_in(
    core: Core, people, connect, alice: Caller, bob: Caller, monkeypatch
) -> None:
    """What is said before, while and after a connection reads the room comes once and in order."""
    room = await people.group(alice, "bob")
    view = core.conversations.view

    async def slow(*arguments: object) -> object:
        # Said before it is read, and so in the answer, yet heard while the connection waits.
        await people.say(alice, room, "during")
        found = await view(*arguments)
        await people.say(alice, room, "after")
        return found

    monkeypatch.setattr(core.conversations, "view", slow)
    await people.say(alice, room, "before")
    client = await connect("bob")
    (_, joined), *later = await client.ask("joinRoom", roomId=room)
    assert [each["content"] for each in joined["messages"]] == ["before", "during"]
    assert [(type_, payload["content"]) for type_, payload in later] == [("message", "after")]


@pytest.mark.parametrize("inside", [False, True])
async def test_room_that_cannot_be_read_is_not_entered(
    core: Core, people, connect, alice: Caller, bob: Caller, monkeypatch, inside: bool
) -> None:
    """When the answer fails nothing has happened: who was outside stays there, who was inside misses nothing."""
    room = await people.group(alice, "bob")
    client = await connect("bob", *([room] if inside else []))
    view = core.conversations.view

    async def broken(*arguments: object) -> object:
        await people.say(alice, room, "during")
        raise RuntimeError("on purpose")

    monkeypatch.setattr(core.conversations, "view", broken)
    with pytest.raises(RuntimeError):
        await client.ask("joinRoom", roomId=room)
    monkeypatch.setattr(core.conversations, "view", view)
    await people.say(alice, room, "after")
    assert [payload["content"] for _, payload in client.take()] == (["during", "after"] if inside else [])


# Leaving.


async def test_left_room_is_silent(people, connect, alice: Caller, bob: Caller) -> None:
    """Nothing more of it comes on this connection; another one of the user stays, and the user is a member still."""
    room = await people.group(alice, "bob")
    one, two = await connect("bob", room), await connect("bob", room)
    for _ in range(2):
        assert _only(await one.ask("leaveRoom", roomId=room), "roomLeft") == {"roomId": room}
    await people.say(bob, room)
    await two.hears("message")
    assert one.take() == []


async def test_leaving_a_room_of_others_is_refused(people, connect, alice: Caller, bob: Caller) -> None:
    """Only members can have entered it."""
    room = await people.group(alice)
    assert _code(await (await connect("bob")).ask("leaveRoom", roomId=room)) == "FORBIDDEN"


async def test_who_is_removed_leaves_the_room(core: Core, people, connect, alice: Caller, bob: Caller) -> None:
    """All connections of the user are told, and hear nothing more, not even when the user comes again."""
    room = await people.group(alice, "bob")
    inside, outside = await connect("bob", room), await connect("bob")
    await core.conversations.remove(alice, room, "bob")
    for client in (inside, outside):
        assert await client.hears("roomLeft") == {"roomId": room}
    await core.conversations.add(alice, room, "bob")
    # Both are let into the conversation at the same time, so what one hears the other would have heard too.
    await outside.ask("joinRoom", roomId=room)
    await people.say(alice, room)
    await outside.hears("message")
    assert inside.take() == []
    await inside.ask("joinRoom", roomId=room)
    await people.say(alice, room)
    await inside.hears("message")


async def test_others_are_not_told_of_members(core: Core, people, connect, alice: Caller, bob: Caller) -> None:
    """There is no word on this wire for who comes into a group and goes."""
    room = await people.group(alice)
    client = await connect("alice", room)
    await core.conversations.add(alice, room, "bob")
    await core.conversations.leave(bob, room)
    await people.say(alice, room)
    assert client.types == ["message"]


# Messages.


async def test_message_reaches_the_room(people, connect, alice: Caller, bob: Caller) -> None:
    """Everybody in the room gets the same frame, the sender too, with all that was sent."""
    room = await people.group(alice, "bob")
    two, one = await connect("bob", room), await connect("alice", room)
    payload = {"content": "hi", "type": "gift", "metadata": {"gift": "rose"}, "clientMessageId": "k1"}
    message = _only(await one.ask("sendMessage", roomId=room, **payload), "message")
    assert {name: message[name] for name in payload} == payload
    assert (message["senderId"], message["sequenceId"]) == ("alice", 1)
    assert await two.hears("message") == message


async def test_type_is_text_unless_it_says_so(people, connect, alice: Caller) -> None:
    """The default is that of the document."""
    room = await people.group(alice)
    client = await connect("alice", room)
    assert _only(await client.ask("sendMessage", roomId=room, content="hi"), "message")["type"] == "text"


async def test_sender_is_answered_outside_the_room_too(people, connect, alice: Caller, bob: Caller) -> None:
    """A member may send without entering: the own message comes back, others do not."""
    room = await people.group(alice, "bob")
    client = await connect("bob")
    message = _only(await client.ask("sendMessage", roomId=room, content="hi"), "message")
    assert message["content"] == "hi"
    await people.say(alice, room)
    assert client.take() == []


async def test_repeated_message_is_answered_by_the_first(people, connect, alice: Caller, bob: Caller) -> None:
    """Who repeats it is told of the first message, and nobody else hears of it again."""
    room = await people.group(alice, "bob")
    two, one = await connect("bob", room), await connect("alice", room)
    two.take()
    first = _only(await one.ask("sendMessage", roomId=room, content="a", clientMessageId="k1"), "message")
    again = _only(await one.ask("sendMessage", roomId=room, content="b", clientMessageId="k1"), "message")
    assert again == first
    assert two.types == ["message"]


async def test_system_messages_are_for_administrators(people, connect, alice: Caller) -> None:
    """Anybody else is refused."""
    room = await people.group(alice)
    client = await connect("alice", room)
    assert _code(await client.ask("sendMessage", roomId=room, content="x", type="system")) == "FORBIDDEN"
    admin = await connect("alice", room, role="admin")
    assert _only(await admin.ask("sendMessage", roomId=room, content="x", type="system"), "message")["type"] == "system"


async def test_strangers_cannot_send(people, connect, alice: Caller, bob: Caller) -> None:
    """Neither to a room of others nor to none."""
    room = await people.group(alice)
    client = await connect("bob")
    for each in (room, NOWHERE):
        assert _code(await client.ask("sendMessage", roomId=each, content="x")) == "FORBIDDEN"


# Signals.


async def test_typing_is_told_to_the_others(people, connect, alice: Caller, bob: Caller) -> None:
    """Its beginning and its end, by name, to those in the room; the one who types hears nothing."""
    room = await people.group(alice, "bob")
    two, outside, one = await connect("bob", room), await connect("bob"), await connect("alice", room)
    for active in (True, False):
        assert await one.ask("typing", roomId=room, isTyping=active) == []
        assert await two.hears("typing") == {
            "roomId": room,
            "userId": "alice",
            "username": "alice",
            "isTyping": active,
        }
    assert outside.take() == []
    assert _code(await one.ask("typing", roomId=NOWHERE, isTyping=True)) == "FORBIDDEN"


async def test_typing_ends_with_the_connection(sockets, people, connect, alice: Caller, bob: Caller) -> None:
    """Who is gone does not type."""
    room = await people.group(alice, "bob")
    one, two = await connect("alice", room), await connect("bob", room)
    await one.ask("typing", roomId=room, isTyping=True)
    await two.hears("typing")
    sockets.disconnect(one.connection, "gone")
    assert (await two.hears("typing"))["isTyping"] is False


async def test_receipt_is_told_to_the_room(people, connect, alice: Caller, bob: Caller) -> None:
    """The reader's own connections in it included; a late one moves nothing, and one beyond the end marks all."""
    room = await people.group(alice, "bob")
    for _ in range(3):
        await people.say(alice, room)
    one, two = await connect("alice", room), await connect("bob", room)
    await two.ask("markRead", roomId=room, sequenceId=2)
    read = await one.hears("read")
    assert (read["userId"], read["sequenceId"]) == ("bob", 2)
    assert await two.ask("markRead", roomId=room, sequenceId=1) == []
    assert [payload["sequenceId"] for _, payload in await two.ask("markRead", roomId=room, sequenceId=99)] == [3]
    assert _code(await two.ask("markRead", roomId=NOWHERE, sequenceId=1)) == "FORBIDDEN"


async def test_presence_is_told_in_the_room(sockets, people, connect, alice: Caller, bob: Caller) -> None:
    """Who comes and goes is told to those who have entered a room of both."""
    room = await people.group(alice, "bob")
    inside, outside = await connect("alice", room), await connect("alice")
    client = await connect("bob")
    online = await inside.hears("presenceUpdate")
    assert (online["userId"], online["status"], online["roomId"]) == ("bob", "online", room)
    sockets.disconnect(client.connection, "gone")
    assert (await inside.hears("presenceUpdate"))["status"] == "offline"
    assert outside.take() == []


async def test_frames_of_many_at_once_agree(people, connect, alice: Caller, bob: Caller) -> None:
    """What several send at a time comes to all in one order, without gaps."""
    room = await people.group(alice, "bob")
    one, two = await connect("alice", room), await connect("bob", room)

    async def talk(client: object) -> None:
        for number in range(10):
            await client.ask("sendMessage", roomId=room, content=str(number))

    watcher = await connect("alice", room)
    await asyncio.gather(talk(one), talk(two))
    assert [payload["sequenceId"] for _, payload in watcher.take()] == list(range(1, 21))
