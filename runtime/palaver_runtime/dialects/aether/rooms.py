"""The rooms of aether: which a connection has entered, and what it calls them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from palaver_runtime.core import Core
from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects.aether import codec
from palaver_runtime.domain.errors import Forbidden
from palaver_runtime.domain.events import ParticipantRemoved
from palaver_runtime.domain.values import Caller, Conversation

CLOSED = "You may not enter this room"
OUTSIDE = "You are not in this room"


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a connection calls a room, and the revision at which it came in."""

    room: str
    revision: int


class Rooms:
    """The rooms that the connections of this instance have entered."""

    def __init__(self) -> None:
        self._entries: defaultdict[str, dict[str, _Entry]] = defaultdict(dict)

    def enter(self, member: Member, conversation: Conversation, room: str) -> None:
        """Let a connection hear a room from now on, by the name that it used; its user is a participant."""
        self._entries[member.id][conversation.id] = _Entry(room, conversation.revision)
        member.entered.add(conversation.id)

    def leave(self, member: Member, conversation_id: str) -> None:
        """Let a connection hear a room no more."""
        self._entries.get(member.id, {}).pop(conversation_id, None)
        member.entered.discard(conversation_id)

    def forget(self, connection_id: str) -> None:
        """Forget a connection that has ended."""
        self._entries.pop(connection_id, None)

    def among(self, members: Iterable[Member], conversation_id: str) -> Mapping[str, list[Member]]:
        """Give those who have entered a conversation, by what they call it."""
        called: defaultdict[str, list[Member]] = defaultdict(list)
        for member in members:
            entry = self._entries.get(member.id, {}).get(conversation_id)
            if entry is not None:
                called[entry.room].append(member)
        return called

    def leaving(self, members: Iterable[Member], removal: ParticipantRemoved) -> list[Member]:
        """Give the connections that a removal takes out of its room: those that did not come in again after it."""
        return [
            member
            for member in members
            if member.user_id == removal.user_id
            and (entry := self._entries.get(member.id, {}).get(removal.conversation_id)) is not None
            and entry.revision < removal.revision
        ]


def here(member: Member, room: str) -> str:
    """Give the conversation of a room; raise Forbidden unless the connection has entered it."""
    conversation_id = codec.conversation_id(room)
    if conversation_id not in member.entered:
        raise Forbidden(OUTSIDE)
    return conversation_id


async def join(core: Core, caller: Caller, room: str) -> Conversation:
    """Make the caller a participant of a room, which comes to be where it is called by a name that is new.

    Raises Forbidden for a room that is closed to the caller, and in the same words for an id that is nobody's.
    """
    try:
        return await core.conversations.join(
            caller, codec.conversation_id(room), create_as=None if codec.is_id(room) else room
        )
    except Forbidden:
        raise Forbidden(CLOSED) from None
