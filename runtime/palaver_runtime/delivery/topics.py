"""Whom an event may concern, as topics of the bus."""

from dataclasses import replace

from palaver_runtime import spans
from palaver_runtime.domain.events import (
    ConversationCreated,
    Durable,
    Event,
    MessageCreated,
    ParticipantAdded,
    SessionEnded,
)
from palaver_runtime.ports import Bus, Clock


def conversation_topic(conversation_id: str) -> str:
    """Name the topic of those instances that have connections of participants."""
    return f"conversation:{conversation_id}"


def user_topic(user_id: str) -> str:
    """Name the topic of those instances that have connections of a user."""
    return f"user:{user_id}"


def topics_of(event: Event) -> tuple[str, ...]:
    """Give the topics on which an event travels.

    Who enters a conversation is not yet counted among its participants anywhere, and is reached as a user.
    """
    match event:
        case ConversationCreated(conversation=conversation):
            return tuple(user_topic(each.user_id) for each in conversation.participants)
        case ParticipantAdded(conversation_id=conversation_id, user_id=user_id):
            return conversation_topic(conversation_id), user_topic(user_id)
        case SessionEnded(user_id=user_id):
            return (user_topic(user_id),)
        case _:
            return (conversation_topic(event.conversation_id),)


class BusPublisher:
    """Publishes each event on the topics that it concerns, a change with the moment of its commit.

    That is now. The place in a trace goes with it.
    """

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock

    @property
    def heard(self) -> bool:
        """Whether there may be anybody who hears of anything."""
        return self._bus.heard

    def publish(self, event: Event) -> None:
        """Hand an event to the bus."""
        if isinstance(event, MessageCreated):
            # As below; of these there are more than of all else, and it takes a fifth of the time.
            event = MessageCreated(
                conversation_id=event.conversation_id,
                revision=event.revision,
                message=event.message,
                committed_at=self._clock.now(),
                trace=spans.here(),
            )
        elif isinstance(event, Durable):
            event = replace(event, committed_at=self._clock.now(), trace=spans.here())
        self._bus.publish(topics_of(event), event)
