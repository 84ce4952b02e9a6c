"""The model of a talk: what is said in each conversation, who is in it, and what each device has to hear.

It knows no server, no document and no clock: what somebody must see follows from what was done alone.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from palaver_conformance.evidence.chronicle import Kind
from palaver_conformance.generated.talk.deeds import LOBBY, Deed


@dataclass(frozen=True)
class Told:
    """Something that happened to the message of this number, which then had this content: empty when deleted."""

    kind: Kind
    message: int
    content: str


@dataclass
class Said:
    """A message. Those of a conversation are in the order in which they were sent."""

    number: int
    sender: str
    content: str
    edits: int = 0
    deleted: bool = False


@dataclass
class Room:
    """A conversation: its members, the longest-standing one first, and how many of its messages each has read."""

    number: int
    owner: str
    members: list[str]
    name: str = "a room"
    messages: list[Said] = field(default_factory=list)
    log: list[Told] = field(default_factory=list)
    read: Counter[str] = field(default_factory=Counter)

    def unread(self, who: str) -> int:
        """Count those of others behind the mark that are not deleted."""
        return sum(1 for each in self.messages[self.read[who] :] if each.sender != who and not each.deleted)

    def known(self, place: int) -> dict[int, Told]:
        """Return the last that was told of each message, up to a place in the log."""
        return {told.message: told for told in self.log[:place]}


@dataclass
class Handset:
    """A connection, and what it has to hear: of messages in this order, of marks and typing and members so often.

    What it may or may not hear is `unsure`: the creation of these messages, and all but messages where it is in
    `doubtful` conversations.
    """

    owner: str
    number: int
    open: bool = True
    muted: set[int] = field(default_factory=set)
    doubtful: set[int] = field(default_factory=set)
    heard: dict[int, list[Told]] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)
    marks: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    typing: Counter[tuple[int, str]] = field(default_factory=Counter)
    comings: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    names: set[tuple[int, str]] = field(default_factory=set)

    def created(self, room: int) -> set[int]:
        """Return the messages that were surely heard when they were sent."""
        heard = {told.message for told in self.heard.get(room, ()) if told.kind == "created"}
        return heard - self.unsure

    def __str__(self) -> str:
        """Return what people call it."""
        return f"{self.owner}'s device {self.number}"


class World:
    """Everything that is true in a talk, at the beginning of which everybody has one device.

    Rooms are added by `open_room`; then `act` takes one deed after the other, which must be one that can be done.
    """

    def __init__(self, people: Sequence[str]) -> None:
        self.people = tuple(people)
        self.rooms: list[Room] = []
        self.handsets: list[Handset] = []
        self.messages: dict[int, tuple[Room, Said]] = {}
        for person in people:
            self._connect(person)

    def open_room(self, owner: str, *others: str) -> Room:
        """Add a conversation; the first one is the lobby."""
        room = Room(len(self.rooms), owner, [owner, *others])
        self.rooms.append(room)
        return room

    def open_handsets(self, who: str) -> list[Handset]:
        """Return somebody's connections that are open."""
        return [each for each in self.handsets if each.owner == who and each.open]

    def handset(self, who: str, number: int | None) -> Handset:
        """Return one of somebody's connections."""
        return next(each for each in self.handsets if (each.owner, each.number) == (who, number))

    def next_device(self, who: str) -> int:
        """Return the number of the device that somebody connects next."""
        return 1 + sum(1 for each in self.handsets if each.owner == who)

    @property
    def next_message(self) -> int:
        """The number of the message that is sent next."""
        return 1 + len(self.messages)

    def act(self, deed: Deed) -> None:
        """Take note of a deed; one that is refused changes nothing."""
        if deed.refusal is None:
            getattr(self, f"_{deed.what}")(deed)

    def _send(self, deed: Deed) -> None:
        self._create(deed, self.rooms[deed.room])

    def _interrupt(self, deed: Deed) -> None:
        said = self._create(deed, self.rooms[deed.room])
        self.handset(deed.who, deed.device).open = False
        # It may have been taken in before this one was there, or after.
        self._connect(deed.who).unsure.add(said.number)

    def _repeat(self, deed: Deed) -> None:
        """Change nothing: it is said already."""

    def _edit(self, deed: Deed) -> None:
        room, said = self.messages[deed.message]
        said.edits += 1
        said.content = f"m{said.number}, edit {said.edits}"
        self._tell(room, Told("edited", said.number, said.content))

    def _delete(self, deed: Deed) -> None:
        room, said = self.messages[deed.message]
        said.deleted, said.content = True, ""
        self._tell(room, Told("deleted", said.number, ""))

    def _mark(self, deed: Deed) -> None:
        room = self.rooms[deed.room]
        place = 1 + next(at for at, each in enumerate(room.messages) if each.number == deed.message)
        if place > room.read[deed.who]:
            room.read[deed.who] = place
            for each in self._hearing(room):
                each.marks[room.number, deed.who, deed.message] += 1

    def _type(self, deed: Deed) -> None:
        room = self.rooms[deed.room]
        for each in self._hearing(room):
            if each.owner != deed.who:
                each.typing[room.number, deed.who] += 1

    def _connect(self, deed: Deed | str) -> Handset:
        who = deed if isinstance(deed, str) else deed.who
        handset = Handset(who, self.next_device(who))
        self.handsets.append(handset)
        return handset

    def _close(self, deed: Deed) -> None:
        self.handset(deed.who, deed.device).open = False

    def _drop(self, deed: Deed) -> None:
        self._close(deed)

    def _look(self, deed: Deed) -> None:
        """Change nothing."""

    def _sync(self, deed: Deed) -> None:
        """Change nothing."""

    def _add(self, deed: Deed) -> None:
        self._enters(self.rooms[deed.room], deed.other)

    def _join(self, deed: Deed) -> None:
        self._enters(self.rooms[deed.room], deed.who)

    def _remove(self, deed: Deed) -> None:
        self._goes(self.rooms[deed.room], deed.other)

    def _leave(self, deed: Deed) -> None:
        room = self.rooms[deed.room]
        self._goes(room, deed.who)
        if room.owner == deed.who:
            room.owner = room.members[0]

    def _mute(self, deed: Deed) -> None:
        handset = self.handset(deed.who, deed.device)
        handset.muted.add(deed.room)
        handset.doubtful.add(deed.room)

    def _enter(self, deed: Deed) -> None:
        self.handset(deed.who, deed.device).muted.discard(deed.room)

    def _rename(self, deed: Deed) -> None:
        room = self.rooms[deed.room]
        room.name = f"{room.name}!"
        for each in self._hearing(room):
            each.names.add((room.number, room.name))

    def _create(self, deed: Deed, room: Room) -> Said:
        said = Said(self.next_message, deed.who, f"m{self.next_message}")
        room.messages.append(said)
        self.messages[said.number] = (room, said)
        self._tell(room, Told("created", said.number, said.content))
        return said

    def _enters(self, room: Room, who: str) -> None:
        for each in self._hearing(room):
            each.comings[room.number, "added", who] += 1
        room.members.append(who)
        room.read[who] = len(room.messages)
        for each in self.open_handsets(who):
            each.muted.discard(room.number)

    def _goes(self, room: Room, who: str) -> None:
        room.members.remove(who)
        for each in self._hearing(room):
            each.comings[room.number, "removed", who] += 1

    def _tell(self, room: Room, told: Told) -> None:
        room.log.append(told)
        for each in self._hearing(room):
            each.heard.setdefault(room.number, []).append(told)

    def _hearing(self, room: Room) -> Iterator[Handset]:
        for each in self.handsets:
            if each.open and each.owner in room.members and room.number not in each.muted:
                yield each

    @property
    def lobby(self) -> Room:
        """The conversation in which everybody is."""
        return self.rooms[LOBBY]
