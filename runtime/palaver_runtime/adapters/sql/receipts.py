"""How far everybody has read."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ScalarSelect, and_, func, select, update

from palaver_runtime.adapters.sql.tables import messages, participants
from palaver_runtime.adapters.sql.transaction import Transaction
from palaver_runtime.domain.values import ReadMark


class ReceiptReader(Transaction):
    """Reads marks, and counts what is unread: messages of others beyond the mark that still say something."""

    async def read_mark(self, conversation_id: str, user_id: str) -> ReadMark:
        """Give how far a participant has read, and how much is unread."""
        result = await self._connection.execute(
            select(participants.c.read_message_id, participants.c.read_sequence, _unread().label("unread")).where(
                participants.c.conversation_id == conversation_id, participants.c.user_id == user_id
            )
        )
        row = result.one_or_none()
        if row is None:
            return ReadMark(message_id=None, sequence=0, unread=0)
        return ReadMark(message_id=row.read_message_id, sequence=row.read_sequence, unread=row.unread)

    async def unread(self, conversation_ids: Sequence[str]) -> dict[str, dict[str, int]]:
        """Give for each of the conversations how much each of its participants has not read."""
        found: dict[str, dict[str, int]] = {each: {} for each in conversation_ids}
        rows = await self._connection.execute(
            select(participants.c.conversation_id, participants.c.user_id, _unread().label("unread")).where(
                participants.c.conversation_id.in_(conversation_ids)
            )
        )
        for row in rows:
            found[row.conversation_id][row.user_id] = row.unread
        return found

    async def _unread(self, conversation_ids: Sequence[str], user_id: str) -> dict[str, int]:
        """Give how much a user has not read in each of the conversations."""
        rows = await self._connection.execute(
            select(participants.c.conversation_id, _unread().label("unread")).where(
                participants.c.conversation_id.in_(conversation_ids), participants.c.user_id == user_id
            )
        )
        return {row.conversation_id: row.unread for row in rows}


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


def _unread() -> ScalarSelect[int]:
    """Count the unread messages of the participant whose row the outer query is at."""
    return (
        select(func.count())
        .select_from(messages)
        .where(
            and_(
                messages.c.conversation_id == participants.c.conversation_id,
                messages.c.sequence > participants.c.read_sequence,
                messages.c.sender_id != participants.c.user_id,
                messages.c.deleted_at.is_(None),
            )
        )
        .correlate(participants)
        .scalar_subquery()
    )
