"""Each client event does what it says, with the real services."""

import json
from collections.abc import AsyncIterator, Sequence

import pytest
from doubles.gateway import component

from palaver_runtime.core import Core
from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects._reading import read
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.gateway.events import GatewayEvents
from palaver_runtime.domain.commands import CreateConversation
from palaver_runtime.domain.errors import Forbidden, NotFound
from palaver_runtime.domain.events import (
    Event,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    ReadMarked,
    TypingChanged,
)
from palaver_runtime.domain.values import Caller, ConversationType
from palaver_wire.contract import WireModel
from palaver_wire.gateway.table import EVENTS, bind_events

NOWHERE = "0" * 24


class Outlet:
    """Keeps the events for one connection."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def deliver(self, event: Event, members: Sequence[Member]) -> None:
        """Keep an event."""
        self.events.append(event)

    def dismiss(self, member: Member, reason: str) -> None:
        """Fail: nobody's session ends here."""
        raise AssertionError(reason)


def _nothing_told(event: str, payload: dict[str, object]) -> None:
    """Fail: the gateway answers by acknowledgements."""
    raise AssertionError(event, payload)


class Talk:
    """A group of alice and bob, both connected."""

    def __init__(self, core: Core, alice: Caller, bob: Caller, conversation_id: str) -> None:
        self.core = core
        self.here = {"conversationId": conversation_id}
        self.alice, self.bob = [
            Session(
                each,
                Member(id=f"c-{each.user_id}", user_id=each.user_id, session_id=None, outlet=Outlet()),
                _nothing_told,
            )
            for each in (alice, bob)
        ]
        self._events = bind_events(GatewayEvents(core))

    async def ask(self, session: Session, name: str, payload: object) -> dict[str, object]:
        """Send an event; give its acknowledgement, which has the declared model and fits the document."""
        bound = self._events[name]
        answer = await bound.call(session, read(bound.event.payload, json.dumps(payload)))
        assert bound.event.ack is not None
        assert isinstance(answer, WireModel)
        assert isinstance(answer, bound.event.ack)
        written: dict[str, object] = answer.model_dump(mode="json", by_alias=True)
        component("asyncapi", bound.event.ack.__name__).validate(written)
        return written

    async def say(self, content: str = "hello") -> dict[str, object]:
        """Send a message of alice's; give it."""
        message = (await self.ask(self.alice, "message:send", {**self.here, "content": content}))["message"]
        assert isinstance(message, dict)
        return message

    def heard(self, session: Session) -> list[type]:
        """Give the kinds of events that came to a connection."""
        outlet = session.member.outlet
        assert isinstance(outlet, Outlet)
        return [type(each) for each in outlet.events]


@pytest.fixture
async def talk(core: Core, alice: Caller, bob: Caller) -> AsyncIterator[Talk]:
    """A group of alice and bob."""
    conversation, _ = await core.conversations.create(
        alice, CreateConversation(type=ConversationType.GROUP, user_ids=("bob",))
    )
    talk = Talk(core, alice, bob, conversation.id)
    for session in (talk.alice, talk.bob):
        await core.hub.attach(session.member, lambda: None)
    yield talk
    for session in (talk.alice, talk.bob):
        core.hub.detach(session.member)


async def test_message_send(talk: Talk) -> None:
    """A message is stored in the caller's name and told; sent again under its identifier it is the same."""
    request = {**talk.here, "content": "hello", "clientMessageId": "mine", "metadata": {"k": 1}}
    first = await talk.ask(talk.alice, "message:send", request)
    assert isinstance(first["message"], dict)
    assert (first["message"]["senderId"], first["message"]["content"]) == ("alice", "hello")
    assert await talk.ask(talk.alice, "message:send", request) == first
    assert talk.heard(talk.bob) == [MessageCreated]


async def test_message_edit(talk: Talk) -> None:
    """An edit gives the message as it then is, and is told."""
    message = await talk.say()
    ack = await talk.ask(talk.alice, "message:edit", {"messageId": message["id"], "content": "new"})
    assert isinstance(ack["message"], dict)
    assert (ack["message"]["content"], ack["message"]["isEdited"]) == ("new", True)
    assert talk.heard(talk.bob) == [MessageCreated, MessageEdited]


async def test_message_delete(talk: Talk) -> None:
    """A deletion is told, and a sync afterwards has nothing of what was said."""
    message = await talk.say("regretted")
    assert await talk.ask(talk.alice, "message:delete", {"messageId": message["id"]}) == {"success": True}
    assert talk.heard(talk.bob) == [MessageCreated, MessageDeleted]
    synchronised = await talk.ask(talk.bob, "messages:sync", talk.here)
    assert "regretted" not in json.dumps(synchronised)


async def test_messages_sync(talk: Talk) -> None:
    """A sync gives what came later, and what changed of what the client has."""
    first, second = await talk.say("one"), await talk.say("two")
    await talk.ask(talk.alice, "message:edit", {"messageId": first["id"], "content": "uno"})
    ack = await talk.ask(talk.bob, "messages:sync", {**talk.here, "lastMessageId": first["id"]})
    assert ack["messages"] == [second]
    assert isinstance(ack["changed"], list)
    assert [each["content"] for each in ack["changed"]] == ["uno"]
    assert (ack["hasMore"], ack["revision"]) == (False, ack["changed"][0]["revision"])


async def test_room_leave_and_join(talk: Talk) -> None:
    """A connection that has left a room hears nothing of it until it joins again."""
    assert await talk.ask(talk.bob, "room:leave", talk.here) == {"success": True}
    await talk.say()
    assert talk.heard(talk.bob) == []
    ack = await talk.ask(talk.bob, "room:join", talk.here)
    assert ack == {"success": True, "room": talk.here["conversationId"]}
    await talk.say()
    assert talk.heard(talk.bob) == [MessageCreated]


async def test_ping(talk: Talk) -> None:
    """The answer to a ping is the time in milliseconds."""
    before = int(talk.core.clock.now().timestamp() * 1000)
    answer = await talk.ask(talk.alice, "ping", {})
    after = int(talk.core.clock.now().timestamp() * 1000)
    assert isinstance(answer["timestamp"], int)
    assert before <= answer["timestamp"] <= after


async def test_typing(talk: Talk) -> None:
    """Starting and stopping to type is told to the others, not to oneself."""
    assert await talk.ask(talk.alice, "typing:start", talk.here) == {"success": True}
    assert await talk.ask(talk.alice, "typing:stop", talk.here) == {"success": True}
    assert talk.heard(talk.bob) == [TypingChanged, TypingChanged]
    assert talk.heard(talk.alice) == []


async def test_message_read(talk: Talk) -> None:
    """A read mark is kept and told; what is left unread is answered."""
    first, _ = await talk.say(), await talk.say()
    ack = await talk.ask(talk.bob, "message:read", {**talk.here, "messageId": first["id"]})
    assert ack == {"success": True, "unreadCount": 1, "lastReadMessageId": first["id"], "lastReadSequence": 1}
    assert talk.heard(talk.alice) == [MessageCreated, MessageCreated, ReadMarked]


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("message:send", {"conversationId": NOWHERE, "content": "x"}),
        ("messages:sync", {"conversationId": NOWHERE}),
        ("room:join", {"conversationId": NOWHERE}),
        ("room:leave", {"conversationId": NOWHERE}),
        ("typing:start", {"conversationId": NOWHERE}),
        ("typing:stop", {"conversationId": NOWHERE}),
        ("message:read", {"conversationId": NOWHERE, "messageId": NOWHERE}),
    ],
)
async def test_stranger_is_refused(talk: Talk, name: str, payload: object) -> None:
    """Every event that names a conversation is for its participants alone."""
    with pytest.raises(Forbidden):
        await talk.ask(talk.alice, name, payload)


@pytest.mark.parametrize("name", ["message:edit", "message:delete"])
async def test_message_that_is_not_there(talk: Talk, name: str) -> None:
    """A message that does not exist can be neither edited nor deleted."""
    payload = {"messageId": NOWHERE, **({"content": "x"} if name == "message:edit" else {})}
    with pytest.raises(NotFound):
        await talk.ask(talk.alice, name, payload)


def test_all_events_are_handled(core: Core) -> None:
    """Each event of the document has its handler."""
    assert bind_events(GatewayEvents(core)).keys() == {each.name for each in EVENTS}
