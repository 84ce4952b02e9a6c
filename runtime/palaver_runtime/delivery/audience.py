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

    `following` holds the conversations of its user, of which it hears all that are not `muted`: those that it has
    itself left for now. A `selective` one hears those alone that it has `entered`, where it stays when the user goes
    and comes again.
    Until it is `ready`, nothing is delivered; `outdated` notes that its user's membership changed meanwhile.
    """

    id: str
    user_id: str
    session_id: str | None
    outlet: Outlet
    following: set[str] = field(default_factory=set)
    muted: set[str] = field(default_factory=set)
    selective: bool = False
    entered: set[str] = field(default_factory=set)
    ready: bool = False
    outdated: bool = False

    def hears(self, conversation_id: str) -> bool:
        """Tell whether what happens in a conversation of its user is for this connection."""
        if self.selective and conversation_id not in self.entered:
            return False
        return conversation_id not in self.muted


def recipients(event: Event, conversation_id: str, followers: Iterable[Member]) -> list[Member]:
    """Choose among the followers of a conversation.

    What somebody does is not news to themselves while it is of the moment. What changes a user's own membership
    reaches all of that user's connections, whatever they hear.
    """
    match event:
        case TypingChanged(user_id=user_id) | PresenceChanged(user_id=user_id):
            return [each for each in followers if each.user_id != user_id and each.hears(conversation_id)]
        case ParticipantAdded(user_id=user_id) | ParticipantRemoved(user_id=user_id):
            return [each for each in followers if each.user_id == user_id or each.hears(conversation_id)]
        case ConversationCreated():
            return list(followers)
        case _:
            return [each for each in followers if each.hears(conversation_id)]
