"""Which of an instance's connections an event is for. Pure; the members are those who follow the conversation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from palaver_runtime.domain.events import (
    ConversationCreated,
    Event,
    ParticipantAdded,
    ParticipantRemoved,
    PresenceChanged,
    TypingChanged,
)


class Outlet(Protocol):
    """Writes events to connections: there is one for each dialect, which encodes an event once for all of them."""

    def deliver(self, event: Event, members: Sequence["Member"]) -> None:
        """Write an event to members of this outlet. Never blocks."""

    def dismiss(self, member: "Member", reason: str) -> None:
        """Close a member's connection. Never blocks."""


@dataclass(eq=False, slots=True)
class Member:
    """A connection of a user.

    `following` holds the conversations of its user, `muted` those that the connection itself has left for now.
    Until it is `ready`, nothing is delivered; `outdated` notes that its user's membership changed meanwhile.
    """

    id: str
    user_id: str
    session_id: str | None
    outlet: Outlet
    following: set[str] = field(default_factory=set)
    muted: set[str] = field(default_factory=set)
    ready: bool = False
    outdated: bool = False


def recipients(event: Event, conversation_id: str, followers: Iterable[Member]) -> list[Member]:
    """Choose among the followers of a conversation.

    What somebody does is not news to themselves while it is of the moment. What changes a user's own membership
    reaches all of that user's connections, muted or not.
    """
    match event:
        case TypingChanged(user_id=user_id) | PresenceChanged(user_id=user_id):
            return [each for each in followers if each.user_id != user_id and conversation_id not in each.muted]
        case ParticipantAdded(user_id=user_id) | ParticipantRemoved(user_id=user_id):
            return [each for each in followers if each.user_id == user_id or conversation_id not in each.muted]
        case ConversationCreated():
            return list(followers)
        case _:
            return [each for each in followers if conversation_id not in each.muted]
