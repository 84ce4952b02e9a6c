"""Each client event does what it says, with the real services."""

import json
from collections.abc import AsyncIterator, Sequence

import pytest
from doubles.acknowledged import told
from doubles.documents import component, sent_by_server

from palaver_runtime.core import Core
from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects._reading import read
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.messenger.events import MessengerEvents
from palaver_runtime.domain.commands import CreateConversation
from palaver_runtime.domain.errors import ChatError, Forbidden
from palaver_runtime.domain.events import Event, MessageCreated, ReadMarked
from palaver_runtime.domain.values import Caller, ConversationType, MessageKind
from palaver_wire.contract import WireModel
from palaver_wire.messenger.table import EVENTS, bind_events

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


class Person:
    """A connected user: what the hub brings, and what handlers tell this connection alone."""

    def __init__(self, core: Core, caller: Caller) -> None:
        self.outlet = Outlet()
        self.told: list[tuple[str, dict[str, object]]] = []
        member = Member(id=f"c-{caller.user_id}", user_id=caller.user_id, session_id=None, outlet=self.outlet)
        self.session = Session(caller, member, lambda name, payload: self.told.append(told((name, payload))))
        self._events = bind_events(MessengerEvents(core))

    async def ask(self, name: str, payload: object) -> dict[str, object]:
        """Send an event; give its acknowledgement, which has the declared model and fits the document."""
        bound = self._events[name]
        answer = await bound.call(self.session, read(bound.event.payload, json.dumps(payload)))
        assert bound.event.ack is not None
        assert isinstance(answer, WireModel)
        assert isinstance(answer, bound.event.ack)
        written: dict[str, object] = answer.model_dump(mode="json", by_alias=True)
        component("messenger", "asyncapi", bound.event.ack.__name__).validate(written)
        return written

    def heard(self) -> list[type]:
        """Give the kinds of events that the hub brought."""
        return [type(each) for each in self.outlet.events]


@pytest.fixture
async def people(core: Core, alice: Caller, bob: Caller) -> AsyncIterator[tuple[Person, Person, str]]:
    """Two people in a group: alice, bob, and the group's id."""
    group = CreateConversation(type=ConversationType.GROUP, user_ids=("bob",))
    conversation, _ = await core.conversations.create(alice, group)
    persons = Person(core, alice), Person(core, bob)
    for each in persons:
        await core.hub.attach(each.session.member, lambda: None)
    yield *persons, conversation.id
    for each in persons:
        core.hub.detach(each.session.member)


async def test_message_send(people: tuple[Person, Person, str]) -> None:
    """A message is acknowledged by its id, told to everybody, and confirmed to the connection that sent it."""
    alice, bob, here = people
    ack = await alice.ask("message:send", {"conversationId": here, "content": "hello", "type": "gift"})
    (heard,) = bob.outlet.events
    assert isinstance(heard, MessageCreated)
    assert ack == {"success": True, "messageId": heard.message.id}
    assert (heard.message.sender_id, heard.message.kind) == ("alice", MessageKind.GIFT)
    assert alice.heard() == [MessageCreated]
    assert alice.told == [("message:sent", {"id": heard.message.id, "status": "sent"})]
    assert bob.told == []


async def test_message_sent_again(people: tuple[Person, Person, str]) -> None:
    """A message that is sent again under its id is confirmed again, and told to nobody."""
    alice, bob, here = people
    request = {"conversationId": here, "content": "hello", "clientMessageId": "mine"}
    first = await alice.ask("message:send", request)
    assert await alice.ask("message:send", request) == first
    assert bob.heard() == [MessageCreated]
    assert (
        alice.told
        == [
            ("message:sent", {"id": first["messageId"], "status": "sent", "clientMessageId": "mine"}),
        ]
        * 2
    )
    for name, payload in alice.told:
        sent_by_server("messenger")[name].validate(payload)


async def test_message_that_is_refused_is_not_confirmed(people: tuple[Person, Person, str]) -> None:
    """What is not stored is neither told nor confirmed."""
    alice, _, _ = people
    with pytest.raises(Forbidden):
        await alice.ask("message:send", {"conversationId": NOWHERE, "content": "hello"})
    assert (alice.told, alice.heard()) == ([], [])


async def test_message_read(people: tuple[Person, Person, str]) -> None:
    """Reading counts down what is unread, and is told when it is news."""
    alice, bob, here = people
    ids = [
        (await alice.ask("message:send", {"conversationId": here, "content": content}))["messageId"]
        for content in ("one", "two", "three")
    ]
    read_two = {"conversationId": here, "messageId": ids[1]}
    assert await bob.ask("message:read", read_two) == {"success": True, "unreadCount": 1}
    assert await bob.ask("message:read", {**read_two, "messageId": ids[0]}) == {"success": True, "unreadCount": 1}
    for each in (alice, bob):
        (receipt,) = [event for event in each.outlet.events if isinstance(event, ReadMarked)]
        assert (receipt.user_id, receipt.message_id, receipt.sequence) == ("bob", ids[1], 2)


async def test_conversation_join(people: tuple[Person, Person, str]) -> None:
    """A member may, anybody else learns no more than that they are none."""
    alice, bob, here = people
    assert await bob.ask("conversation:join", {"conversationId": here}) == {"success": True}
    with pytest.raises(Forbidden):
        await bob.ask("conversation:join", {"conversationId": NOWHERE})
    assert alice.heard() == []


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("message:send", {"conversationId": NOWHERE, "content": "x"}),
        ("message:read", {"conversationId": NOWHERE, "messageId": NOWHERE}),
        ("conversation:join", {"conversationId": NOWHERE}),
    ],
)
async def test_strangers_are_refused_as_declared(
    people: tuple[Person, Person, str], name: str, payload: dict[str, str]
) -> None:
    """Each event refuses who is no member, with a code that the document names for it."""
    (event,) = [each for each in EVENTS if each.name == name]
    with pytest.raises(ChatError) as caught:
        await people[0].ask(name, payload)
    assert caught.value.code == "FORBIDDEN"
    assert caught.value.code in event.errors


def test_every_event_is_tried() -> None:
    """The events of the document are those of this test."""
    assert {each.name for each in EVENTS} == {"message:send", "message:read", "conversation:join"}
