"""How far everybody has read."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, case, func, select, update

from palaver_runtime.adapters.sql.changes import MESSAGE_DELETED
from palaver_runtime.adapters.sql.given import Given
from palaver_runtime.adapters.sql.prepared import Prepared
from palaver_runtime.adapters.sql.tables import changes, conversations, messages, participants
from palaver_runtime.adapters.sql.transaction import Transaction
from palaver_runtime.domain.values import ReadMark

MANY: Final = 10_000
"""Messages beyond a mark that are looked at one by one. Where there are more, what somebody said is less, as a rule."""


class ReceiptReader(Transaction):
    """Reads marks, and counts what is unread: messages of others beyond the mark that still say something."""

    async def read_mark(self, conversation_id: str, user_id: str) -> ReadMark:
        """Give how far a participant has read, and how much is unread."""
        row = await self._row(_read_mark(), conversation=conversation_id, user=user_id)
        if row is None:
            return ReadMark(message_id=None, sequence=0, unread=0)
        return ReadMark(message_id=row["read_message_id"], sequence=row["read_sequence"], unread=row["unread"])

    async def unread(self, conversation_ids: Sequence[str]) -> dict[str, dict[str, int]]:
        """Give for each of the conversations how much each of its participants has not read."""
        found: dict[str, dict[str, int]] = {each: {} for each in conversation_ids}
        if found:
            for conversation_id, user_id, unread in await self._found_of(_unread_of_all, found):
                found[conversation_id][user_id] = unread
        return found

    async def _unread(self, conversation_ids: Sequence[str], user_id: str) -> dict[str, int]:
        """Give how much a user has not read in each of the conversations."""
        rows = await self._found_of(_unread_of_one, conversation_ids, user=user_id)
        return {row[0]: row[1] for row in rows}


class ReceiptWriter(ReceiptReader):
    """Moves marks."""

    async def advance_read_mark(
        self, conversation_id: str, user_id: str, message_id: str, sequence: int, at: datetime
    ) -> bool:
        """Move a read mark forward; False, and nothing done, when it is there or beyond."""
        moved = await self._connection.execute(
            update(participants)
            .where(
                participants.c.conversation_id == conversation_id,
                participants.c.user_id == user_id,
                participants.c.read_sequence < sequence,
            )
            .values(read_sequence=sequence, read_message_id=message_id, read_at=at)
        )
        return moved.rowcount == 1


@cache
def _read_mark() -> Prepared:
    return Prepared(
        select(participants.c.read_message_id, participants.c.read_sequence, _unread().label("unread")).where(
            participants.c.conversation_id == bindparam("conversation"), participants.c.user_id == bindparam("user")
        )
    )


@cache
def _unread_of_all(given: Given) -> Prepared:
    return Prepared(
        select(participants.c.conversation_id, participants.c.user_id, _unread().label("unread")).where(
            participants.c.conversation_id.in_(select(given.table))
        )
    )


@cache
def _unread_of_one(given: Given) -> Prepared:
    return Prepared(
        select(participants.c.conversation_id, _unread().label("unread")).where(
            participants.c.conversation_id.in_(select(given.table)), participants.c.user_id == bindparam("user")
        )
    )


def _unread() -> ColumnElement[int]:
    """Give how many messages are unread of the participant whose row the outer query is at."""
    last = select(conversations.c.sequence).where(conversations.c.id == participants.c.conversation_id)
    beyond = last.correlate(participants).scalar_subquery()
    return case((beyond - participants.c.read_sequence <= MANY, _counted()), else_=_reckoned(beyond))


def _counted() -> ScalarSelect[int]:
    """Look at each message beyond the mark."""
    return _number_of(
        messages.c.sequence > participants.c.read_sequence,
        messages.c.sender_id != participants.c.user_id,
        messages.c.deleted_at.is_(None),
    )


def _reckoned(last: ColumnElement[int]) -> ColumnElement[int]:
    """Take from the messages that there are, whose sequences are consecutive, what is not unread.

    That is what the participant said, and what others said and deleted, which the record of changes tells.
    """
    oldest = select(func.min(messages.c.sequence)).where(messages.c.conversation_id == participants.c.conversation_id)
    forgotten = func.coalesce(oldest.correlate(participants).scalar_subquery() - 1, last)
    read = participants.c.read_sequence
    erased = (
        select(func.count())
        .select_from(changes)
        .join(messages, messages.c.id == changes.c.message_id)
        .where(
            changes.c.conversation_id == participants.c.conversation_id,
            # No revision is smaller than the sequence of what it changes.
            changes.c.revision > read,
            changes.c.kind == MESSAGE_DELETED,
            messages.c.revision == changes.c.revision,
            messages.c.deleted_at.is_not(None),
            messages.c.sequence > read,
            messages.c.sender_id != participants.c.user_id,
        )
        .correlate(participants)
        .scalar_subquery()
    )
    # By the sender: no database is to take the index of sequences, in which everybody's messages are.
    own = _number_of(messages.c.sender_id == participants.c.user_id, messages.c.sequence + 0 > read)
    return last - case((forgotten > read, forgotten), else_=read) - own - erased


def _number_of(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """Count the messages of the participant's conversation that fulfil conditions."""
    return (
        select(func.count())
        .select_from(messages)
        .where(
            messages.c.conversation_id == participants.c.conversation_id,
            *conditions,
        )
        .correlate(participants)
        .scalar_subquery()
    )
