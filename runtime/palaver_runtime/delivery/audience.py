"""Which of an instance's connections an event is for. Pure; the members are those who follow the conversation."""

from collections.abc import Sequence
from typing import Final, Protocol

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


class Member:
    """A connection of a user.

    `following` holds the conversations of its user, of which it hears all that are not `muted`: those that it has
    itself left for now. A `selective` one hears those alone that it has `entered`, where it stays when the user goes
    and comes again.
    Until it is `ready`, nothing is delivered; `outdated` notes that its user's membership changed meanwhile.
    """

    __slots__ = (
        "_entered",
        "_muted",
        "following",
        "id",
        "outdated",
        "outlet",
        "ready",
        "selective",
        "session_id",
        "user_id",
    )

    def __init__(
        self,
        *,
        id: str,  # noqa: A002
        user_id: str,
        session_id: str | None,
        outlet: Outlet,
        selective: bool = False,
    ) -> None:
        self.id: Final = id
        self.user_id: Final = user_id
        self.session_id: Final = session_id
        self.outlet: Final = outlet
        self.selective: Final = selective
        self.following: Final[set[str]] = set()
        self.ready = False
        self.outdated = False
        # An empty set takes as much memory as all else of one: most connections need neither.
        self._muted: set[str] | None = None
        self._entered: set[str] | None = None

    @property
    def muted(self) -> set[str]:
        """Give the conversations that it has left for now."""
        if self._muted is None:
            self._muted = set()
        return self._muted

    @property
    def entered(self) -> set[str]:
        """Give the conversations that it has entered."""
        if self._entered is None:
            self._entered = set()
        return self._entered

    def hears(self, conversation_id: str) -> bool:
        """Tell whether what happens in a conversation of its user is for this connection."""
        if self.selective and not (self._entered and conversation_id in self._entered):
            return False
        return not (self._muted and conversation_id in self._muted)

    def unfollow(self, conversation_id: str) -> None:
        """Take note that its user is not in a conversation any more."""
        self.following.discard(conversation_id)
        if self._muted:
            self._muted.discard(conversation_id)


def recipients(event: Event, conversation_id: str, followers: Sequence[Member]) -> Sequence[Member]:
    """Choose among the followers of a conversation: mostly all, who are then given as they came.

    What somebody does is not news to themselves while it is of the moment. What changes a user's own membership
    reaches all of that user's connections, whatever they hear.
    """
    match event:
        case TypingChanged(user_id=user_id) | PresenceChanged(user_id=user_id):
            return [each for each in followers if each.user_id != user_id and each.hears(conversation_id)]
        case ParticipantAdded(user_id=user_id) | ParticipantRemoved(user_id=user_id):
            return [each for each in followers if each.user_id == user_id or each.hears(conversation_id)]
        case ConversationCreated():
            return followers
        case _:
            hearing = [each for each in followers if each.hears(conversation_id)]
            return followers if len(hearing) == len(followers) else hearing
