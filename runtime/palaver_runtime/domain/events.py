"""What happened, told to those whom it concerns.

A `Change` is part of a conversation's durable history: it holds the next revision, reaches every connected
participant exactly once and in order, and can be read again from the store. A `Signal` is of the moment: it is
told to whoever is connected, and is neither stored nor ordered against changes.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from palaver_runtime.domain.value import value
from palaver_runtime.domain.values import UNNAMED, Conversation, Message, Profile


@value(kw_only=True)
class Durable:
    """What every change has: its conversation and the revision that it holds there.

    `committed_at` is when it was committed, None until it is. As read from the store it is when the change was begun.
    `trace` is where in a trace it was made, as in the header `traceparent`, if anybody traces.
    """

    conversation_id: str
    revision: int
    committed_at: datetime | None = field(default=None, compare=False)
    trace: str | None = field(default=None, compare=False)


@value(kw_only=True)
class MessageCreated(Durable):
    """A message was sent. `revision` is that of the sending, also when the message has changed since."""

    message: Message


@value(kw_only=True)
class MessageEdited(Durable):
    """A message has new content."""

    message: Message


@value(kw_only=True)
class MessageDeleted(Durable):
    """A message was erased."""

    message: Message


@value(kw_only=True)
class ConversationCreated(Durable):
    """A conversation came to be, with everybody who is in it."""

    conversation: Conversation


@value(kw_only=True)
class ConversationUpdated(Durable):
    """Name, metadata or roles changed."""

    conversation: Conversation


@value(kw_only=True)
class ParticipantAdded(Durable):
    """`user_id` was added; `conversation` includes the user."""

    conversation: Conversation
    user_id: str
    profile: Profile = UNNAMED
    at: datetime


@value(kw_only=True)
class ParticipantRemoved(Durable):
    """`user_id` left or was removed, and receives nothing later than this."""

    user_id: str
    profile: Profile = UNNAMED
    at: datetime


@value(kw_only=True)
class Announced(Durable):
    """Something of a dialect's own happened: `event` and `payload` are what it tells in its own words.

    Nobody else has words for it; a change of the conversation that goes with it is told as ConversationUpdated.
    """

    dialect: str
    event: str
    payload: Mapping[str, object]
    at: datetime


@value(kw_only=True)
class Superseded(Durable):
    """A revision whose effect a later one has replaced, as read from the store: it counts, and tells nothing."""


Change = (
    MessageCreated
    | MessageEdited
    | MessageDeleted
    | ConversationCreated
    | ConversationUpdated
    | ParticipantAdded
    | ParticipantRemoved
    | Announced
    | Superseded
)


@value(kw_only=True)
class ReadMarked:
    """`user_id` has read up to the message with this sequence."""

    conversation_id: str
    user_id: str
    message_id: str
    sequence: int
    at: datetime


@value(kw_only=True)
class TypingChanged:
    """`user_id` started or stopped typing."""

    conversation_id: str
    user_id: str
    profile: Profile = UNNAMED
    active: bool
    at: datetime


@value(kw_only=True)
class PresenceChanged:
    """`user_id` came online or went offline, told to one of the user's conversations."""

    conversation_id: str
    user_id: str
    profile: Profile = UNNAMED
    online: bool
    at: datetime


@value(kw_only=True)
class SessionEnded:
    """The user's session was ended: its connections are to be closed; with None, all of the user's."""

    user_id: str
    session_id: str | None


Signal = ReadMarked | TypingChanged | PresenceChanged | SessionEnded

Event = Change | Signal
