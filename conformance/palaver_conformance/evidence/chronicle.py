"""What everybody did, was told and received, in the order in which the harness saw it: the input of the checkers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeVar

from palaver_conformance.facts import Facts

E = TypeVar("E")

Kind = Literal["created", "edited", "deleted"]
KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {"message.created": "created", "message.edited": "edited", "message.deleted": "deleted"}
)
"""What events that mean this tell of a message."""


@dataclass(frozen=True)
class Message:
    """A message as the server describes it; what a server's documents do not have is None."""

    id: str
    conversation: str
    sender: str | None = None
    content: str = ""
    client_id: str | None = None
    sequence: int | None = None
    revision: int | None = None
    deleted: bool = False

    @classmethod
    def told(cls, kind: Kind, facts: Facts) -> "Message":
        """Read the message that an event is about: a deletion says nothing of its content."""
        inner = facts.get("message")
        message = cls.of(inner if isinstance(inner, Facts) else facts)
        if kind == "deleted":
            return cls(
                message.id, message.conversation, sequence=message.sequence, revision=message.revision, deleted=True
            )
        return message

    @classmethod
    def of(cls, facts: Facts, conversation: str = "") -> "Message":
        """Read a message from canonical facts, which need not repeat the conversation."""
        return cls(
            id=facts.id,
            conversation=_text(facts, "conversation") or conversation,
            sender=_text(facts, "sender"),
            content=_text(facts, "content") or "",
            client_id=_text(facts, "client_id"),
            sequence=_number(facts, "sequence"),
            revision=_number(facts, "revision"),
            deleted=facts.get("deleted") is True,
        )


@dataclass(frozen=True)
class Entered:
    """A user may be a member from now on: noted before it is asked for."""

    user: str
    conversation: str


@dataclass(frozen=True)
class Departed:
    """A user is no member any more: noted once the server has acknowledged it."""

    user: str
    conversation: str


@dataclass(frozen=True)
class Paused:
    """A user may miss some of what is said in a conversation, by their own or somebody else's choice."""

    user: str
    conversation: str


@dataclass(frozen=True)
class Sent:
    """A user asks for a message for the first time; repetitions of the same `client_id` are not noted."""

    user: str
    conversation: str
    client_id: str


@dataclass(frozen=True)
class Acknowledged:
    """The server says that it has the message that was sent under this `client_id`."""

    user: str
    client_id: str
    message: Message


@dataclass(frozen=True)
class Received:
    """An event about a message arrived on a connection, whose name no other one has."""

    user: str
    connection: str
    kind: Kind
    message: Message


@dataclass(frozen=True)
class Caught:
    """Messages, as they now are, were fetched on a connection, to make up for what was missed."""

    user: str
    connection: str
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Counted:
    """At the end: the server's count of a user's unread messages, and the sequence up to which they were read."""

    user: str
    conversation: str
    unread: int
    read: int


@dataclass(frozen=True)
class Fresh:
    """At the end: a conversation's messages as a user reads them anew, all of them in the order of the server."""

    user: str
    conversation: str
    messages: tuple[Message, ...]


Entry = Entered | Departed | Paused | Sent | Acknowledged | Received | Caught | Counted | Fresh


@dataclass
class Chronicle:
    """The entries, oldest first."""

    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Append an entry."""
        self.entries.append(entry)

    def retract(self, entry: Entry) -> None:
        """Take an entry out, and no other that is like it."""
        self.entries[:] = [each for each in self.entries if each is not entry]

    def all(self, kind: type[E]) -> Iterator[E]:
        """Return the entries of one kind."""
        return (entry for entry in self.entries if isinstance(entry, kind))

    def streams(self) -> dict[tuple[str, str], list[Received]]:
        """Return what arrived live, by connection and conversation."""
        found: dict[tuple[str, str], list[Received]] = {}
        for entry in self.all(Received):
            found.setdefault((entry.connection, entry.message.conversation), []).append(entry)
        return found


def members(entries: Sequence[Entry], conversation: str) -> dict[str, list[tuple[int, int]]]:
    """Return, for each user, the stretches of places in the entries at which they may have been a member."""
    found: dict[str, list[tuple[int, int]]] = {}
    for place, entry in enumerate(entries):
        if isinstance(entry, Entered) and entry.conversation == conversation:
            stretches = found.setdefault(entry.user, [])
            if not stretches or stretches[-1][1] <= place:
                stretches.append((place, len(entries)))
        elif isinstance(entry, Departed) and entry.conversation == conversation and entry.user in found:
            found[entry.user][-1] = (found[entry.user][-1][0], place)
    return found


def _text(facts: Facts, name: str) -> str | None:
    value = facts.get(name)
    if isinstance(value, Facts):
        value = value.get("id")
    return value if isinstance(value, str) else None


def _number(facts: Facts, name: str) -> int | None:
    value = facts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
