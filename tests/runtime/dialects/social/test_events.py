"""Each client event does what it says, over connections with the real services below."""

import json
from collections.abc import AsyncIterator

import pytest
from doubles import acknowledged
from doubles.documents import component
from doubles.gateway import Client, handshake, token

from palaver_runtime.core import Core
from palaver_runtime.dialects.social import social_sockets
from palaver_runtime.dialects.social.events import SocialEvents
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.values import Attachment, Caller, ConversationType
from palaver_wire.social.table import EVENTS, bind_events

NOWHERE = "0" * 24


class Talk:
    """Connections of the social dialect. What they receive is judged by its document."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._clients: list[Client] = []
        self._sockets = social_sockets(core)
        self._events = {each.name: each for each in EVENTS}

    async def connect(self, user_id: str) -> Client:
        """Connect a user once more."""
        client = Client(f"c{len(self._clients)}", "social")
        self._clients.append(client)
        assert await self._sockets.connect(client.connection, handshake({"token": token(user_id)}))
        assert client.events[0][0] == "connected"
        assert client.events.pop()[1]["userId"] == user_id
        return client

    async def ask(self, client: Client, event: str, payload: object) -> dict[str, object]:
        """Send an event and give its acknowledgement, which fits the document."""
        ack = acknowledged.read(
            await self._sockets.receive(client.connection, event, [json.dumps(payload)], acknowledge=True)
        )
        assert isinstance(ack, dict)
        model = self._events[event].ack if ack["success"] else self._events[event].refusal
        assert model is not None
        component("social", "asyncapi", model.__name__).validate(ack)
        return ack

    async def code(self, client: Client, event: str, payload: object) -> object:
        """Send an event that is refused; give the code, which the error event has too."""
        ack = await self.ask(client, event, payload)
        assert ack["success"] is False
        assert isinstance(ack["error"], dict)
        name, told = client.events.pop()
        assert (name, told["code"], told["originalEvent"]) == ("error", ack["error"]["code"], event)
        return ack["error"]["code"]

    async def say(self, client: Client, recipient: str, content: str = "hello") -> dict[str, object]:
        """Send a message; give it as it was acknowledged."""
        message = (await self.ask(client, "send_message", {"recipientId": recipient, "content": content}))["message"]
        assert isinstance(message, dict)
        return message

    async def close(self) -> None:
        """End all connections."""
        for client in self._clients:
            self._sockets.disconnect(client.connection, "gone")
        await self._sockets.close()


@pytest.fixture
async def talk(core: Core, alice: Caller, bob: Caller) -> AsyncIterator[Talk]:
    """Connections to the core, which knows alice and bob."""
    talk = Talk(core)
    yield talk
    await talk.close()


async def test_first_message_reaches_all_devices_of_both(talk: Talk) -> None:
    """It needs nothing but the recipient, and makes one conversation; everybody receives it as it was acknowledged."""
    devices = [await talk.connect(name) for name in ("alice", "alice", "bob", "bob")]
    first = await talk.say(devices[0], "bob")
    answer = await talk.say(devices[2], "alice", "hi")
    assert (first["senderId"], first["sequence"]) == ("alice", 1)
    assert (answer["conversationId"], answer["sequence"]) == (first["conversationId"], 2)
    for device in devices:
        assert [await device.hears("new_message") for _ in range(2)] == [first, answer]
        assert device.events == []


async def test_attachment_is_an_address(talk: Talk) -> None:
    """A message may point to a file; what is no address of the web is refused by name of the field."""
    alice = await talk.connect("alice")
    request = {"recipientId": "bob", "content": "look", "attachmentUrl": "https://files.example/a.jpg"}
    ack = await talk.ask(alice, "send_message", request)
    assert isinstance(ack["message"], dict)
    assert ack["message"]["attachmentUrl"] == "https://files.example/a.jpg"
    for url in ("javascript:alert(1)", "file.jpg", "https://", "https://a b", "https://a/" + "b" * 2039):
        ack = await talk.ask(alice, "send_message", {**request, "attachmentUrl": url})
        assert isinstance(ack["error"], dict)
        assert [each["field"] for each in ack["error"]["details"]["fields"]] == ["/attachmentUrl"]


async def test_repeated_message_is_the_first(talk: Talk) -> None:
    """Under the same identifier nothing is sent a second time."""
    alice, bob = await talk.connect("alice"), await talk.connect("bob")
    request = {"recipientId": "bob", "content": "hello", "clientMessageId": "mine"}
    first = await talk.ask(alice, "send_message", request)
    assert await talk.ask(alice, "send_message", request) == first
    last = await talk.say(alice, "bob", "something else")
    assert [await bob.hears("new_message") for _ in range(2)] == [first["message"], last]


async def test_recipient_must_be_somebody_else(talk: Talk) -> None:
    """Nobody is NOT_FOUND; oneself makes no sense."""
    alice = await talk.connect("alice")
    assert await talk.code(alice, "send_message", {"recipientId": "nobody", "content": "x"}) == "NOT_FOUND"
    assert await talk.code(alice, "send_message", {"recipientId": "alice", "content": "x"}) == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    "payload",
    [
        {"recipientId": "bob"},
        {"recipientId": "bob", "content": ""},
        {"recipientId": "bob", "content": "x" * 5001},
        {"content": "x"},
        {"recipientId": 5, "content": "x"},
        {"recipientId": "bob", "content": "x", "conversationId": NOWHERE},
        {"conversationId": "nowhere", "content": "x"},
        {"recipientId": "bob", "content": "x", "senderId": "eve"},
    ],
)
async def test_message_that_is_not_as_documented(talk: Talk, payload: object) -> None:
    """A message has content, a recipient or a conversation, and nothing that the document does not name."""
    assert await talk.code(await talk.connect("alice"), "send_message", payload) == "VALIDATION_ERROR"


async def test_typing_is_told_to_the_other(talk: Talk) -> None:
    """Starting and stopping are told once each, to all devices of the other and none of one's own."""
    alice, second, bob = [await talk.connect(name) for name in ("alice", "alice", "bob")]
    here = {"conversationId": (await talk.say(alice, "bob"))["conversationId"]}
    for each in (alice, second, bob):
        await each.hears("new_message")
    assert await talk.ask(alice, "typing_start", here) == {"success": True}
    assert await talk.ask(alice, "typing_start", here) == {"success": True}
    assert await talk.ask(alice, "typing_stop", here) == {"success": True}
    told = [("user_typing", {**here, "userId": "alice", "isTyping": each}) for each in (True, False)]
    assert (alice.events, second.events, bob.events) == ([], [], told)


async def test_message_ends_typing(talk: Talk) -> None:
    """Who sends what they typed does not type any more."""
    alice, bob = await talk.connect("alice"), await talk.connect("bob")
    here = {"conversationId": (await talk.say(alice, "bob"))["conversationId"]}
    await bob.hears("new_message")
    await talk.ask(alice, "typing_start", here)
    await talk.say(alice, "bob", "typed")
    assert [(await bob.hears("user_typing"))["isTyping"] for _ in range(2)] == [True, False]


async def test_mark_read_is_of_everything(talk: Talk) -> None:
    """All that is there is read; the other is not told, and marking again changes nothing."""
    alice, bob = await talk.connect("alice"), await talk.connect("bob")
    sent = [await talk.say(alice, "bob") for _ in range(2)]
    assert [await alice.hears("new_message") for _ in sent] == sent
    here = {"conversationId": sent[0]["conversationId"]}
    for _ in range(2):
        ack = await talk.ask(bob, "mark_read", here)
        assert ack == {"success": True, "unreadCount": 0, "lastReadMessageId": sent[1]["id"]}
    assert alice.events == []


async def test_mark_of_an_empty_conversation(talk: Talk, core: Core, alice: Caller) -> None:
    """A conversation without messages, made by another dialect, has nothing to mark and is no mistake."""
    command = CreateConversation(type=ConversationType.DIRECT, user_ids=("bob",))
    conversation, _ = await core.conversations.create(alice, command)
    ack = await talk.ask(await talk.connect("bob"), "mark_read", {"conversationId": conversation.id})
    assert ack == {"success": True, "unreadCount": 0}


@pytest.mark.parametrize("event", ["send_message", "typing_start", "typing_stop", "mark_read"])
async def test_conversation_must_be_ones_own(talk: Talk, core: Core, bob: Caller, event: str) -> None:
    """One of others, be it of two or more, and one that is not there are refused in the same words."""
    await core.accounts.authenticate(token("eve"))
    group, _ = await core.conversations.create(bob, CreateConversation(type=ConversationType.GROUP, user_ids=("eve",)))
    client = await talk.connect("alice")
    foreign = await talk.say(await talk.connect("bob"), "eve")
    more = {"content": "x"} if event == "send_message" else {}
    answers = [
        await talk.ask(client, event, {"conversationId": each, **more})
        for each in (group.id, foreign["conversationId"], NOWHERE)
    ]
    message = "You are not a participant of this conversation"
    assert answers == [{"success": False, "error": {"code": "FORBIDDEN", "message": message}}] * 3


async def test_groups_are_taken_part_in(talk: Talk, core: Core, alice: Caller) -> None:
    """What is said in a group of another dialect is heard, in an old and a new one, and answered by its name."""
    command = CreateConversation(type=ConversationType.GROUP, user_ids=("bob", "eve"))
    await core.accounts.authenticate(token("eve"))
    old, _ = await core.conversations.create(alice, command)
    bob, eve = await talk.connect("bob"), await talk.connect("eve")
    new, _ = await core.conversations.create(alice, command)
    for each in (old, new):
        here = {"conversationId": each.id}
        asked = await core.messages.send(alice, SendMessage(conversation_id=each.id, content="to the group"))
        answer = (await talk.ask(bob, "send_message", {**here, "content": "from the group"}))["message"]
        assert isinstance(answer, dict)
        for client in (bob, eve):
            assert (await client.hears("new_message"))["id"] == asked.id
            assert await client.hears("new_message") == answer
        await core.typing.start(alice, each.id, "elsewhere")
        await talk.ask(bob, "typing_start", here)
        for client, typing in ((bob, ["alice"]), (eve, ["alice", "bob"])):
            told = [await client.hears("user_typing") for _ in typing]
            assert told == [{**here, "userId": user_id, "isTyping": True} for user_id in typing]
        ack = await talk.ask(eve, "mark_read", here)
        assert (ack["unreadCount"], ack["lastReadMessageId"]) == (0, answer["id"])
    assert (bob.events, eve.events) == ([], [])


async def test_who_is_removed_hears_no_more(talk: Talk, core: Core, alice: Caller) -> None:
    """Coming into a group and going is silent here: its messages begin to arrive, and no longer do."""
    group, _ = await core.conversations.create(alice, CreateConversation(type=ConversationType.GROUP, user_ids=()))
    bob = await talk.connect("bob")
    await core.conversations.add(alice, group.id, "bob")
    welcome = await core.messages.send(alice, SendMessage(conversation_id=group.id, content="welcome"))
    assert (await bob.hears("new_message"))["id"] == welcome.id
    await core.conversations.remove(alice, group.id, "bob")
    await core.messages.send(alice, SendMessage(conversation_id=group.id, content="among us"))
    fence = await talk.say(bob, "alice")
    assert await bob.hears("new_message") == fence
    assert bob.events == []
    assert await talk.code(bob, "send_message", {"conversationId": group.id, "content": "x"}) == "FORBIDDEN"


async def test_other_dialects_are_understood(talk: Talk, core: Core, alice: Caller) -> None:
    """A file of a file service has no address here, an address among the attachments is shown; edits are silent."""
    client = await talk.connect("bob")
    command = CreateConversation(type=ConversationType.DIRECT, user_ids=("bob",))
    conversation, _ = await core.conversations.create(alice, command)
    heard = []
    for files in (("file_1",), ("javascript:alert(1)", "https://files.example/a.jpg")):
        message = await core.messages.send(
            alice,
            SendMessage(
                conversation_id=conversation.id,
                content="x",
                attachments=tuple(Attachment(file_id=each) for each in files),
            ),
        )
        heard.append(await client.hears("new_message"))
    await core.messages.edit(alice, message.id, "y")
    await core.messages.delete(alice, message.id)
    assert [each.get("attachmentUrl") for each in heard] == [None, "https://files.example/a.jpg"]
    fence = await talk.say(client, "alice")
    assert await client.hears("new_message") == fence
    assert client.events == []


async def test_token_in_the_query_is_none(core: Core) -> None:
    """The connection is refused by an error event, and nothing is left of it."""
    sockets = social_sockets(core)
    client = Client("c1", "social")
    assert sockets.namespace == "/messaging"
    assert not await sockets.connect(client.connection, handshake(query={"token": token("alice")}))
    assert [(name, payload["code"]) for name, payload in client.events] == [("error", "UNAUTHORIZED")]
    assert core.hub.connections == 0
    await sockets.close()


def test_all_events_are_handled(core: Core) -> None:
    """Each event of the document has its handler."""
    assert bind_events(SocialEvents(core)).keys() == {each.name for each in EVENTS}
