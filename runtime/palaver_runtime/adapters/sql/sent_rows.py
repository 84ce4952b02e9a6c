"""The rows that it takes to send messages: what a batch is judged by as it is read, new messages as they are stored.

Each is gone through once, as the driver has it: to name the columns of each and to look for them by name takes longer.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from palaver_runtime.adapters.sql.plain import document, milliseconds, moment
from palaver_runtime.domain.values import Attachment, Message, Participant, Position, Profile, Role
from palaver_runtime.ports import Advance, Asked, ClientKey, Ground

Stored: TypeAlias = tuple[
    str, str, str, str, str, str, str | None, str | None, int, int, int, bool, int, int, int | None, str
]
"""A message by COLUMNS."""

COLUMNS: Final = (
    "id",
    "conversation_id",
    "sender_id",
    "content",
    "attachments",
    "metadata",
    "reply_to",
    "client_id",
    "sequence",
    "created_revision",
    "revision",
    "edited",
    "created_at",
    "updated_at",
    "deleted_at",
    "kind",
)
"""The columns of messages, in the order of their table."""

Moved: TypeAlias = tuple[str, int, int, int, int]
"""A conversation: its identifier, the revision that was read, and the new revision, sequence and activity."""

_ROLES: Final[dict[str, Role]] = {each.value: each for each in Role}


class Reading:
    """What a batch has to do with, as it is read."""

    __slots__ = ("_participants", "_positions", "_repeated")

    def __init__(self) -> None:
        self._positions: Final[dict[str, Position]] = {}
        self._participants: Final[dict[tuple[str, str], Participant]] = {}
        self._repeated: Final[dict[str, ClientKey]] = {}

    def take(self, conversation_id: str, user_id: str, client_id: str | None, found: Sequence[Any]) -> None:
        """Take what was found for a message that is asked for.

        It is the revision and the sequence of the conversation, the sender's role, when they joined, their name and
        the one to show, and the message that they sent before; None stands for what there is not.
        """
        revision, sequence, role, joined_at, name, display_name, repeated = found
        if revision is not None:
            self._positions[conversation_id] = Position(revision=revision, sequence=sequence)
        if role is not None:
            self._participants[conversation_id, user_id] = Participant(
                user_id=user_id,
                role=_ROLES[role],
                joined_at=moment(joined_at),
                profile=Profile(name=name, display_name=display_name),
            )
        if repeated is not None and client_id is not None:
            self._repeated[repeated] = ClientKey(conversation_id, user_id, client_id)

    def revisions(self) -> dict[str, int]:
        """Give the revisions at which the conversations are."""
        return {conversation_id: position.revision for conversation_id, position in self._positions.items()}

    def wanted(self, asked: Iterable[Asked]) -> set[str]:
        """Give the messages that are to be read, too: those that were sent before, and those that are replied to."""
        found = set(self._repeated)
        for each in asked:
            if each.reply_to is not None:
                found.add(each.reply_to)
        return found

    def ground(self, messages: Mapping[str, Message]) -> Ground:
        """Give all of it, with those of the wanted messages that are there."""
        return Ground(
            positions=self._positions,
            participants=self._participants,
            # One that was forgotten meanwhile is as if it had never been.
            repeated={key: messages[each] for each, key in self._repeated.items() if each in messages},
            messages=messages,
        )


def moved(advances: Collection[Advance], revisions: Mapping[str, int]) -> list[Moved]:
    """Give conversations as they are to be, with the revisions at which they were read."""
    return [
        (
            each.conversation_id,
            revisions[each.conversation_id],
            each.position.revision,
            each.position.sequence,
            milliseconds(each.active_at),
        )
        for each in advances
    ]


def stored(message: Message) -> Stored:
    """Give a message as it is stored."""
    created_at, deleted_at = milliseconds(message.created_at), message.deleted_at
    return (
        message.id,
        message.conversation_id,
        message.sender_id,
        message.content,
        document(written_attachments(message.attachments)) if message.attachments else "[]",
        document(message.metadata) if message.metadata else "{}",
        message.reply_to,
        message.client_id,
        message.sequence,
        message.created_revision,
        message.revision,
        message.edited,
        created_at,
        created_at if message.updated_at is message.created_at else milliseconds(message.updated_at),
        None if deleted_at is None else milliseconds(deleted_at),
        message.kind.value,
    )


RECORDED: Final = tuple(each for each in COLUMNS if each not in {"revision", "edited", "updated_at", "deleted_at"})
"""The columns of messages of which new ones say something that is not said by the others."""


def recorded(message: Message) -> dict[str, object]:
    """Give a new message as it is stored, by RECORDED."""
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "sender_id": message.sender_id,
        "content": message.content,
        "attachments": document(written_attachments(message.attachments)) if message.attachments else "[]",
        "metadata": document(message.metadata) if message.metadata else "{}",
        "reply_to": message.reply_to,
        "client_id": message.client_id,
        "sequence": message.sequence,
        "created_revision": message.created_revision,
        "created_at": milliseconds(message.created_at),
        "kind": message.kind.value,
    }


def written_attachments(attachments: Sequence[Attachment]) -> list[tuple[str, str | None]]:
    """Give attachments as they are stored."""
    return [(each.file_id, each.label) for each in attachments]
