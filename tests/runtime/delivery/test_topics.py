"""Whom an event may concern."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from doubles.clock import ManualClock
from doubles.delivery import Bus

from palaver_runtime.delivery.topics import BusPublisher, conversation_topic, topics_of, user_topic
from palaver_runtime.domain.events import (
    ConversationCreated,
    Event,
    MessageCreated,
    ParticipantAdded,
    ParticipantRemoved,
    SessionEnded,
    TypingChanged,
)
from palaver_runtime.domain.values import Conversation, ConversationType, Message, Participant, Role

NOW = datetime(2026, 11, 20, tzinfo=UTC)
CONVERSATION = Conversation(
    id="c",
    type=ConversationType.GROUP,
    name=None,
    metadata={},
    created_by="a",
    created_at=NOW,
    updated_at=NOW,
    active_at=NOW,
    revision=1,
    sequence=0,
    participants=tuple(Participant(user_id=each, role=Role.MEMBER, joined_at=NOW) for each in "ab"),
)

MESSAGE = Message(
    id="m",
    conversation_id="c",
    sender_id="a",
    content="Hello",
    sequence=3,
    created_revision=7,
    revision=7,
    created_at=NOW,
    updated_at=NOW,
)


def test_a_new_conversation_is_told_to_its_people() -> None:
    """Nobody follows a conversation that did not exist, so its participants are reached as users."""
    event = ConversationCreated(conversation_id="c", revision=1, conversation=CONVERSATION)
    assert topics_of(event) == (user_topic("a"), user_topic("b"))


def test_an_added_participant_is_reached_as_a_user() -> None:
    """The conversation hears of it, and so do instances where only the new participant is connected."""
    event = ParticipantAdded(conversation_id="c", revision=2, conversation=CONVERSATION, user_id="b", at=NOW)
    assert topics_of(event) == (conversation_topic("c"), user_topic("b"))


def test_all_else_goes_to_the_conversation_or_the_user() -> None:
    """A removal and a signal go to the conversation, the end of a session to its user."""
    assert topics_of(ParticipantRemoved(conversation_id="c", revision=2, user_id="b", at=NOW)) == ("conversation:c",)
    assert topics_of(TypingChanged(conversation_id="c", user_id="b", active=True, at=NOW)) == ("conversation:c",)
    assert topics_of(SessionEnded(user_id="b", session_id="s")) == ("user:b",)


def test_the_publisher_adds_the_topics() -> None:
    """What is published reaches the bus with its topics, a change with the moment at which it was committed."""
    published: list[tuple[tuple[str, ...], Event]] = []

    class Recording:
        heard = True

        def publish(self, topics: tuple[str, ...], event: Event) -> None:
            published.append((topics, event))

        def subscribe(self, topic: str) -> None:
            raise AssertionError(topic)

        unsubscribe = subscribe

        async def settled(self) -> None:
            raise AssertionError

    event = SessionEnded(user_id="b", session_id="s")
    clock = ManualClock()
    publisher = BusPublisher(Recording(), clock)
    publisher.publish(event)
    assert published.pop() == (("user:b",), event)
    removed = ParticipantRemoved(conversation_id="c", revision=2, user_id="b", at=NOW)
    publisher.publish(removed)
    [(topics, told)] = published
    assert (topics, told) == (("conversation:c",), removed)
    assert isinstance(told, ParticipantRemoved)
    assert told.committed_at == clock.now()


@pytest.mark.parametrize("heard", [True, False])
def test_the_publisher_knows_whether_anybody_hears(heard: bool) -> None:
    """As its bus does."""
    publisher = BusPublisher(Bus(heard=heard), ManualClock())
    assert publisher.heard is heard


def test_nothing_of_a_message_is_lost_to_the_publisher() -> None:
    """A message is published with all that its event has, and the moment of its commit."""
    published: list[Event] = []

    class Bus:
        def publish(self, topics: tuple[str, ...], event: Event) -> None:
            published.append(event)

    clock = ManualClock()
    event = MessageCreated(conversation_id="c", revision=7, message=MESSAGE)
    BusPublisher(Bus(), clock).publish(event)  # type: ignore[arg-type]  # nothing else is asked of it
    [told] = published
    expected = replace(event, committed_at=clock.now())
    # The moment and the place do not count where events are compared.
    assert repr(told) == repr(expected)
    fields = {"conversation_id", "revision", "message", "committed_at", "trace"}
    assert set(MessageCreated.__dataclass_fields__) == fields, "the publisher names each of them"
