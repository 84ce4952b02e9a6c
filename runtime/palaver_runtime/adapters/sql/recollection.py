"""What messages were judged by, kept for those that come next, where whoever has changed it is found out.

Who sends now has mostly sent before, and nothing has changed but by the messages that went this way. Whatever a message
is judged by takes a revision of its conversation when it changes. So what is kept need not be read again: it holds if
the conversation is still at the revision at which it was left, and that is looked at when the message is added.
"""

from collections.abc import Callable, Collection, Sequence
from time import monotonic
from typing import Final

from palaver_runtime.domain.values import Participant, Position
from palaver_runtime.ports import Advance, Asked, Ground

MOST: Final = 20_000
"""Conversations and participants that are kept; of more, those that were there last."""

LONG: Final = 60.0
"""Seconds after which all is read again: for what somebody has done to the database by hand."""


TRUST: Final = 16
"""Batches that are remembered for whether they went well."""

BREACH: Final = 8
"""Batches that have to go well for each in which something was not as it was left, and all of which is done twice."""


class _Place:
    """Where a conversation stands, and who is in it of those who have sent.

    It is settled if it was as it had been left when it was read last. Where others send, too, what is kept would mostly
    be found not to hold, and all that was done with it be done again.
    """

    __slots__ = ("participants", "position", "read_at", "settled")

    def __init__(self, position: Position, participants: dict[str, Participant], read_at: float) -> None:
        self.position = position
        self.participants: Final = participants
        self.read_at: Final = read_at
        self.settled = False


class Recollection:
    """What is known of conversations from the batches before."""

    __slots__ = ("_held", "_most", "_now", "_places", "_trust")

    def __init__(self, most: int = MOST, now: Callable[[], float] = monotonic) -> None:
        self._most: Final = most
        self._now: Final = now
        # Those that were kept last are at the end.
        self._places: Final[dict[str, _Place]] = {}
        self._held = 0
        self._trust = TRUST

    def of(self, asked: Sequence[Asked]) -> "Recalled":
        """Give what is known of that with which messages have to do."""
        return Recalled(self, asked)

    def clear(self) -> None:
        """Know nothing."""
        self._places.clear()
        self._held = 0

    def went(self, *, well: bool) -> None:
        """Take note of whether what was known of the conversations of a batch did hold.

        In a batch of many it takes few others who send to them for that it mostly does not.
        """
        self._trust = min(self._trust + 1, TRUST) if well else max(self._trust - BREACH, -TRUST)

    def known(self, asked: Asked) -> _Place | None:
        """Give what is known of a conversation, if that is enough for a message.

        It is not for one that could be refused for what it replies to, and must not be if it was sent before: what is
        not read is looked for only when it is added.
        """
        if self._trust <= 0 or (asked.reply_to is not None and asked.client_id is not None):
            return None
        place = self._places.get(asked.conversation_id)
        if place is None or not place.settled or asked.sender_id not in place.participants:
            return None
        return place if place.read_at > self._now() - LONG else None

    def is_changed(self, conversation_id: str, position: Position) -> bool | None:
        """Tell whether a conversation is not as it was left; None for one of which that was not to be expected."""
        place = self._places.get(conversation_id)
        return None if place is None or not place.settled else place.position.revision != position.revision

    def renew(self, conversation_id: str, position: Position, participants: dict[str, Participant]) -> _Place:
        """Keep what has been read of a conversation, and give all that is known of it."""
        now = self._now()
        place = self._places.get(conversation_id)
        settled = place is not None and place.position.revision == position.revision
        if place is None or not settled or place.read_at <= now - LONG:
            place = _Place(position, participants, now)
        else:
            participants = {**place.participants, **participants}
            place = _Place(position, participants, place.read_at)
        place.settled = settled
        self.keep(conversation_id, place)
        return place

    def keep(self, conversation_id: str, place: _Place) -> None:
        """Keep what is known of a conversation."""
        self.forget(conversation_id)
        self._places[conversation_id] = place
        self._held += 1 + len(place.participants)
        while self._held > self._most:
            self.forget(next(iter(self._places)))

    def forget(self, conversation_id: str) -> None:
        """Know nothing of a conversation."""
        place = self._places.pop(conversation_id, None)
        if place is not None:
            self._held -= 1 + len(place.participants)


class Recalled:
    """What is known of that with which some messages have to do, and what becomes of it."""

    __slots__ = ("_asked", "_places", "_recollection", "revisions", "trusting", "unread")

    def __init__(self, recollection: Recollection, asked: Sequence[Asked]) -> None:
        self._recollection: Final = recollection
        self._asked: Final = asked
        places: dict[str, _Place] = {}
        unknown: set[str] = set()
        for each in asked:
            place = recollection.known(each)
            if place is None:
                unknown.add(each.conversation_id)
            else:
                places[each.conversation_id] = place
        for conversation_id in unknown:
            places.pop(conversation_id, None)
        self._places: Final = places
        #: What has to be read: of a conversation all or nothing, so that it is of one moment.
        self.unread: Final = [each for each in asked if each.conversation_id in unknown] if unknown else []
        #: Whether there is anything else.
        self.trusting: Final = bool(places)
        #: At which the conversations are, once all is known.
        self.revisions: dict[str, int] = {}

    def completed(self, read: Ground) -> Ground:
        """Give all that the messages are judged by; what was unread has been read."""
        ground = read if not self.trusting else self._joined(read)
        self.revisions = {each: position.revision for each, position in ground.positions.items()}
        if self.unread:
            self._renew(read)
        return ground

    def leave(self, advances: Collection[Advance]) -> None:
        """Take note that conversations are being changed, of which it may never be known how that has ended."""
        for each in advances:
            self._recollection.forget(each.conversation_id)

    def arrive(self, advances: Collection[Advance]) -> None:
        """Take note that conversations have been changed."""
        for each in advances:
            place = self._places[each.conversation_id]
            place.position = each.position
            self._recollection.keep(each.conversation_id, place)
        if self.trusting:
            self._recollection.went(well=True)

    def doubt(self) -> None:
        """Take note that some of what is known does not hold: all of it is to be read."""
        self._recollection.went(well=False)
        for conversation_id, place in self._places.items():
            place.settled = False
            self._recollection.keep(conversation_id, place)

    def _joined(self, read: Ground) -> Ground:
        positions, participants, places = dict(read.positions), dict(read.participants), self._places
        for each in self._asked:
            conversation_id, sender_id = each.conversation_id, each.sender_id
            place = places.get(conversation_id)
            if place is not None:
                positions[conversation_id] = place.position
                participants[conversation_id, sender_id] = place.participants[sender_id]
        return Ground(positions=positions, participants=participants, repeated=read.repeated, messages=read.messages)

    def _renew(self, read: Ground) -> None:
        found: dict[str, dict[str, Participant]] = {each: {} for each in read.positions}
        for (conversation_id, user_id), participant in read.participants.items():
            found[conversation_id][user_id] = participant
        changed = {self._recollection.is_changed(each, position) for each, position in read.positions.items()}
        if changed - {None}:
            self._recollection.went(well=True not in changed)
        for conversation_id, participants in found.items():
            position = read.positions[conversation_id]
            self._places[conversation_id] = self._recollection.renew(conversation_id, position, participants)
