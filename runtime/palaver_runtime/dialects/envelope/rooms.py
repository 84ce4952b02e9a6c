"""The rooms that connections have entered, so that on the way in nothing is lost and nothing told twice."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from palaver_runtime.delivery.audience import Member
from palaver_runtime.domain.events import Event, MessageCreated, SessionEnded


@dataclass(slots=True)
class _Entry:
    """A connection in a room, or on its way: up to which message it has been told, and what is held back for it."""

    sequence: int = 0
    inside: bool = False
    held: list[Event] | None = None


class Rooms:
    """What the connections of this instance have entered. One connection enters one room at a time."""

    def __init__(self) -> None:
        self._entries: defaultdict[str, dict[str, _Entry]] = defaultdict(dict)

    def approach(self, member: Member, conversation_id: str) -> None:
        """Hold back what happens in a room until `enter` or `retreat`: the connection reads what was before."""
        self._entries[member.id].setdefault(conversation_id, _Entry()).held = []
        member.entered.add(conversation_id)

    def enter(self, member: Member, conversation_id: str, sequence: int) -> list[Event]:
        """Let in a connection that has read up to a message; give what was held back, for `hearing`."""
        entry = self._entries[member.id][conversation_id]
        entry.sequence, entry.inside = sequence, True
        return self._release(entry)

    def retreat(self, member: Member, conversation_id: str) -> list[Event]:
        """Take back an approach; give what was held back to a connection that was in the room before."""
        entry = self._entries[member.id][conversation_id]
        if not entry.inside:
            self.leave(member, conversation_id)
            return []
        return self._release(entry)

    def leave(self, member: Member, conversation_id: str) -> None:
        """Let a connection hear a room no more."""
        self._entries[member.id].pop(conversation_id, None)
        member.entered.discard(conversation_id)

    def forget(self, connection_id: str) -> None:
        """Forget a connection that has ended."""
        self._entries.pop(connection_id, None)

    def hearing(self, event: Event, members: Iterable[Member]) -> list[Member]:
        """Choose whom to tell of an event now: not those for whom it is held back, or who have read that message."""
        if isinstance(event, SessionEnded):
            return []
        return [each for each in members if self._hears(self._entries[each.id].get(event.conversation_id), event)]

    @staticmethod
    def _hears(entry: _Entry | None, event: Event) -> bool:
        if entry is None:
            return True  # what changes a user's own membership is told outside of the room too
        if entry.held is not None:
            entry.held.append(event)
            return False
        return not (isinstance(event, MessageCreated) and event.message.sequence <= entry.sequence)

    @staticmethod
    def _release(entry: _Entry) -> list[Event]:
        held, entry.held = entry.held or [], None
        return held
