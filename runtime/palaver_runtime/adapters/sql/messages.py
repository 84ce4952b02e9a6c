"""Messages in their present state, with their senders' profiles in the same statement."""

from typing import Any, Final

from sqlalchemy import Integer, Select, bindparam, select, update

from palaver_runtime.adapters.sql.prepared import Prepared, Row
from palaver_runtime.adapters.sql.profiles import PROFILE, read_profile
from palaver_runtime.adapters.sql.sent_rows import written_attachments
from palaver_runtime.adapters.sql.tables import changes, messages, users
from palaver_runtime.adapters.sql.transaction import Transaction
from palaver_runtime.domain.values import Attachment, Message, MessageKind

_GREATEST: Final = 2**31 - 1
"""The greatest sequence that can be stored."""


def with_sender(statement: Select[Any]) -> Select[Any]:
    """Have a statement that reads messages read their senders' profiles, too."""
    return statement.add_columns(*PROFILE).outerjoin(users, users.c.id == messages.c.sender_id)


# Asked for all the time: to put a statement together takes longer than SQLite takes for the answer.
MESSAGE: Final = Prepared(with_sender(select(messages).where(messages.c.id == bindparam("message"))))
_OF_CONVERSATION: Final = with_sender(
    select(messages)
    .where(messages.c.conversation_id == bindparam("conversation"))
    .limit(bindparam("limit", type_=Integer))
)
_AFTER: Final = messages.c.sequence > bindparam("after")
_BEFORE: Final = messages.c.sequence < bindparam("before")
_LAST: Final = Prepared(_OF_CONVERSATION.order_by(messages.c.sequence.desc()))
_LAST_BEFORE: Final = Prepared(_OF_CONVERSATION.where(_BEFORE).order_by(messages.c.sequence.desc()))
_FIRST_AFTER: Final = Prepared(_OF_CONVERSATION.where(_AFTER).order_by(messages.c.sequence))
_FIRST_BETWEEN: Final = Prepared(_OF_CONVERSATION.where(_AFTER, _BEFORE).order_by(messages.c.sequence))
# By what is recorded of changes: of who was away for long, all that was said meanwhile has a greater revision too.
_CHANGED: Final = Prepared(
    with_sender(
        select(messages)
        .join_from(changes, messages, (messages.c.id == changes.c.message_id))
        .where(
            changes.c.conversation_id == bindparam("conversation"),
            changes.c.revision > bindparam("since"),
            messages.c.revision == changes.c.revision,
            messages.c.sequence <= bindparam("until_sequence"),
        )
        .order_by(changes.c.revision)
        .limit(bindparam("limit", type_=Integer))
    )
)


class MessageReader(Transaction):
    """Reads messages, deleted ones included."""

    async def message(self, message_id: str) -> Message | None:
        """Give a message, deleted ones included."""
        row = await self._row(MESSAGE, message=message_id)
        return read_message(row) if row else None

    async def history(
        self, conversation_id: str, *, before: int | None = None, after: int | None = None, limit: int
    ) -> tuple[Message, ...]:
        """Give up to `limit` messages by ascending sequence.

        With `after`, the first ones of a greater sequence; else the last ones, of a smaller sequence than `before`
        if given.
        """
        if before is not None:
            # A client may name any number, also one that the column cannot hold.
            before = max(0, min(before, _GREATEST))
        if after is None:
            prepared = _LAST if before is None else _LAST_BEFORE
        else:
            prepared = _FIRST_AFTER if before is None else _FIRST_BETWEEN
        rows = await self._rows(prepared, conversation=conversation_id, before=before, after=after, limit=limit)
        page = tuple(map(read_message, rows))
        return page if after is not None else page[::-1]

    async def changed(
        self, conversation_id: str, *, since: int, until_sequence: int, limit: int
    ) -> tuple[Message, ...]:
        """Give messages up to a sequence whose revision is greater than `since`, by ascending revision."""
        asked = {"conversation": conversation_id, "since": since, "until_sequence": until_sequence, "limit": limit}
        return tuple(map(read_message, await self._rows(_CHANGED, **asked)))


class MessageWriter(MessageReader):
    """Changes messages; see batches for new ones. The caller has locked the conversation and taken the revision."""

    async def update_message(self, message: Message) -> None:
        """Replace content, attachments, metadata, revision and the marks of editing and deletion."""
        await self._connection.execute(
            update(messages)
            .where(messages.c.id == message.id)
            .values(
                content=message.content,
                attachments=written_attachments(message.attachments),
                metadata=message.metadata,
                revision=message.revision,
                edited=message.edited,
                updated_at=message.updated_at,
                deleted_at=message.deleted_at,
            )
        )


def read_message(row: Row) -> Message:
    """Turn a row of a statement `with_sender` into a message."""
    return Message(
        id=row["id"],
        conversation_id=row["conversation_id"],
        sender_id=row["sender_id"],
        sender=read_profile(row),
        kind=MessageKind(row["kind"]),
        content=row["content"],
        attachments=tuple(Attachment(file_id=file_id, label=label) for file_id, label in row["attachments"]),
        metadata=row["metadata"],
        reply_to=row["reply_to"],
        client_id=row["client_id"],
        sequence=row["sequence"],
        created_revision=row["created_revision"],
        revision=row["revision"],
        edited=row["edited"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deleted_at=row["deleted_at"],
    )
