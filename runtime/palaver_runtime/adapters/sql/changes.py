"""The durable history of a conversation, told again in terms of the present.

Only the present state is kept, so a change whose effect was replaced by a later one is told as Superseded:
the later one says more. Who follows the history to its end knows what a fresh reader knows.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypedDict

from sqlalchemy import BindParameter, bindparam, func, insert, select

from palaver_runtime.adapters.sql.conversations import ConversationReader
from palaver_runtime.adapters.sql.messages import MessageReader, read_message, with_sender
from palaver_runtime.adapters.sql.prepared import Prepared, Row
from palaver_runtime.adapters.sql.profiles import PROFILE, read_profile
from palaver_runtime.adapters.sql.tables import changes, messages, users
from palaver_runtime.adapters.sql.transaction import Transaction
from palaver_runtime.domain.events import (
    Announced,
    Change,
    ConversationCreated,
    ConversationUpdated,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    ParticipantAdded,
    ParticipantRemoved,
    Superseded,
)
from palaver_runtime.domain.values import Conversation, Message

_MESSAGE_EDITED = "message.edited"
MESSAGE_DELETED = "message.deleted"
_CONVERSATION_CREATED = "conversation.created"
_CONVERSATION_UPDATED = "conversation.updated"
_PARTICIPANT_ADDED = "participant.added"
_PARTICIPANT_REMOVED = "participant.removed"
_ANNOUNCED = "announced"


class _Place(TypedDict):
    """What all changes have."""

    conversation_id: str
    revision: int
    committed_at: datetime


# Asked for all the time: to put a statement together takes longer than SQLite takes for the answer.
_GIVEN: Final[tuple[BindParameter[Any], ...]] = tuple(map(bindparam, ("conversation", "after", "until")))
_CREATED: Final = Prepared(
    with_sender(
        select(messages).where(
            messages.c.conversation_id == _GIVEN[0],
            messages.c.created_revision > _GIVEN[1],
            messages.c.created_revision <= _GIVEN[2],
        )
    )
)
_CHANGED: Final = Prepared(
    with_sender(
        select(messages).where(
            messages.c.conversation_id == _GIVEN[0],
            messages.c.revision > _GIVEN[1],
            messages.c.revision <= _GIVEN[2],
            messages.c.revision > messages.c.created_revision,
        )
    )
)
_RECORDED: Final = Prepared(
    select(changes, *PROFILE)
    .outerjoin(users, users.c.id == changes.c.user_id)
    .where(
        changes.c.conversation_id == _GIVEN[0],
        changes.c.revision > _GIVEN[1],
        changes.c.revision <= _GIVEN[2],
    )
)
_LATEST: Final = (
    select(changes.c.kind, changes.c.user_id, func.max(changes.c.revision).label("revision"))
    .where(
        changes.c.conversation_id == _GIVEN[0],
        changes.c.revision > _GIVEN[1],
        changes.c.kind.in_([_CONVERSATION_UPDATED, _PARTICIPANT_ADDED]),
    )
    .group_by(changes.c.kind, changes.c.user_id)
)


class ChangeReader(ConversationReader, MessageReader):
    """Reads the history."""

    async def changes(self, conversation_id: str, after: int, until: int) -> tuple[Change, ...]:
        """Give the changes of the revisions in (after, until], ascending, one for each revision that is committed.

        - A message that is no longer kept leaves Superseded, and so does what became of it: a revision that was
          given out and of which there is no trace was the creation of such a message.
        - A message's creation carries its present state, whatever became of it.
        - An edit or a deletion is told by the message's latest revision alone.
        - An update is told by the conversation's latest one alone, as the conversation now is.
        - An addition is told if it is the one by which the user is in the conversation now: nobody who was
          removed is added again. A removal is always told, and what was announced as it was said.
        """
        conversation = await self.conversation(conversation_id)
        if conversation is None:
            return ()
        asked: dict[str, object] = {"conversation": conversation_id, "after": after, "until": until}
        found: list[Change] = [
            MessageCreated(
                conversation_id=conversation_id,
                revision=message.created_revision,
                committed_at=message.created_at,
                message=message,
            )
            for message in map(read_message, await self._rows(_CREATED, **asked))
        ]
        rows = await self._rows(_RECORDED, **asked)
        changed = await self._changed_at(conversation_id, after, until)
        latest = await self._latest(conversation_id, after) if rows else {}
        found.extend(_told(row, conversation, changed, latest) for row in rows)
        told = {change.revision: change for change in found}
        return tuple(
            told.get(revision) or Superseded(conversation_id=conversation_id, revision=revision)
            for revision in range(after + 1, min(until, conversation.revision) + 1)
        )

    async def _changed_at(self, conversation_id: str, after: int, until: int) -> dict[int, Message]:
        """Give the messages whose latest change is in the range and not their creation, by its revision."""
        rows = await self._rows(_CHANGED, conversation=conversation_id, after=after, until=until)
        return {row["revision"]: read_message(row) for row in rows}

    async def _latest(self, conversation_id: str, after: int) -> dict[tuple[str, str | None], int]:
        """Give the latest revision of each kind of change to the conversation itself, by kind and user."""
        result = await self._connection.execute(_LATEST, {"conversation": conversation_id, "after": after})
        return {(row.kind, row.user_id): row.revision for row in result}


class ChangeWriter(Transaction):
    """Writes the history."""

    async def record(self, change: Change) -> None:
        """Write a change to the conversation's log. A MessageCreated needs none: the message is its own record."""
        match change:
            case MessageEdited(message=message):
                entry = _entry(_MESSAGE_EDITED, message.updated_at, message_id=message.id)
            case MessageDeleted(message=message):
                entry = _entry(MESSAGE_DELETED, message.updated_at, message_id=message.id)
            case ConversationCreated(conversation=conversation):
                entry = _entry(_CONVERSATION_CREATED, conversation.created_at)
            case ConversationUpdated(conversation=conversation):
                entry = _entry(_CONVERSATION_UPDATED, conversation.updated_at)
            case ParticipantAdded(user_id=user_id, at=at):
                entry = _entry(_PARTICIPANT_ADDED, at, user_id=user_id)
            case ParticipantRemoved(user_id=user_id, at=at):
                entry = _entry(_PARTICIPANT_REMOVED, at, user_id=user_id)
            case Announced(dialect=dialect, event=event, payload=payload, at=at):
                entry = _entry(_ANNOUNCED, at)
                entry["content"] = {"dialect": dialect, "event": event, "payload": payload}
            case MessageCreated() | Superseded():
                raise ValueError(f"a {type(change).__name__} is not to be recorded")
        await self._connection.execute(
            insert(changes).values(conversation_id=change.conversation_id, revision=change.revision, **entry)
        )


def _entry(kind: str, at: datetime, *, message_id: str | None = None, user_id: str | None = None) -> dict[str, object]:
    return {"kind": kind, "at": at, "message_id": message_id, "user_id": user_id}


def _told(
    row: Row,
    conversation: Conversation,
    changed: Mapping[int, Message],
    latest: Mapping[tuple[str, str | None], int],
) -> Change:
    """Tell one recorded change; see ChangeReader.changes for what is told how."""
    kind, revision, user_id, at = row["kind"], row["revision"], row["user_id"], row["at"]
    place: _Place = {"conversation_id": conversation.id, "revision": revision, "committed_at": at}
    is_latest = latest.get((kind, user_id)) == revision
    message = changed.get(revision)
    if kind == _PARTICIPANT_REMOVED:
        return ParticipantRemoved(**place, user_id=user_id, profile=read_profile(row), at=at)
    if kind == _PARTICIPANT_ADDED and is_latest and conversation.participant(user_id):
        profile = read_profile(row)
        return ParticipantAdded(**place, conversation=conversation, user_id=user_id, profile=profile, at=at)
    if kind == _CONVERSATION_UPDATED and is_latest:
        return ConversationUpdated(**place, conversation=conversation)
    if kind == _CONVERSATION_CREATED:
        return ConversationCreated(**place, conversation=conversation)
    if kind == _MESSAGE_EDITED and message:
        return MessageEdited(**place, message=message)
    if kind == MESSAGE_DELETED and message:
        return MessageDeleted(**place, message=message)
    if kind == _ANNOUNCED:
        said = row["content"]
        return Announced(**place, dialect=said["dialect"], event=said["event"], payload=said["payload"], at=at)
    return Superseded(**place)
