"""Conversations as people find them. A page takes the same number of queries whatever its length."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from sqlalchemy import Integer, and_, bindparam, select, tuple_, union

from palaver_runtime.adapters.sql.columns import Moment
from palaver_runtime.adapters.sql.conversations import SELECT_MEMBERSHIPS, ConversationReader, read_conversation
from palaver_runtime.adapters.sql.given import Given
from palaver_runtime.adapters.sql.messages import read_message, with_sender
from palaver_runtime.adapters.sql.prepared import Prepared
from palaver_runtime.adapters.sql.receipts import ReceiptReader
from palaver_runtime.adapters.sql.tables import conversations, messages
from palaver_runtime.domain.values import Conversation, ConversationSummary
from palaver_runtime.ports import ListingPlace

_LATEST: Final = (conversations.c.active_at, conversations.c.id)
_PAGE: Final = SELECT_MEMBERSHIPS.order_by(*(each.desc() for each in _LATEST)).limit(bindparam("limit", type_=Integer))
_FIRST_PAGE: Final = Prepared(_PAGE)
_NEXT_PAGE: Final = Prepared(
    _PAGE.where(tuple_(*_LATEST) < tuple_(bindparam("active_at", type_=Moment), bindparam("id")))
)


@cache
def _rooms() -> Prepared:
    # Two statements in one: with an OR between them every conversation would be looked at.
    public = select(conversations.c.id, conversations.c.active_at).where(conversations.c.public)
    either = union(SELECT_MEMBERSHIPS.add_columns(conversations.c.active_at), public).subquery()
    latest = select(either.c.id).order_by(either.c.active_at.desc(), either.c.id.desc())
    return Prepared(latest.limit(bindparam("limit", type_=Integer)))


@cache
def _conversations(given: Given) -> Prepared:
    return Prepared(select(conversations).where(conversations.c.id.in_(select(given.table))))


@cache
def _last_messages(given: Given) -> Prepared:
    is_last = and_(
        conversations.c.id == messages.c.conversation_id,
        conversations.c.sequence == messages.c.sequence,
    )
    return Prepared(
        with_sender(select(messages).join(conversations, is_last).where(conversations.c.id.in_(select(given.table))))
    )


class ListingReader(ConversationReader, ReceiptReader):
    """Reads listings."""

    async def summaries(self, user_id: str, after: ListingPlace | None, limit: int) -> tuple[ConversationSummary, ...]:
        """Give the user's conversations, latest activity first, those after a place."""
        if after is None:
            page = await self._found(_FIRST_PAGE, user=user_id, limit=limit)
        else:
            place = {"active_at": after.active_at, "id": after.conversation_id}
            page = await self._found(_NEXT_PAGE, user=user_id, limit=limit, **place)
        return await self._summaries([conversation_id for (conversation_id,) in page], user_id)

    async def rooms(self, user_id: str, limit: int) -> tuple[Conversation, ...]:
        """Give the user's conversations and the public ones, latest activity first."""
        page = await self._found(_rooms(), user=user_id, limit=limit)
        return await self._conversations([conversation_id for (conversation_id,) in page])

    async def summary(self, conversation_id: str, user_id: str) -> ConversationSummary | None:
        """Give one conversation as the user finds it; None for one that the user is not in."""
        if await self.participant(conversation_id, user_id) is None:
            return None
        return (await self._summaries([conversation_id], user_id))[0]

    async def _summaries(self, conversation_ids: list[str], user_id: str) -> tuple[ConversationSummary, ...]:
        """Give summaries in the order of the identifiers, all of which exist."""
        if not conversation_ids:
            return ()
        found = await self._conversations(conversation_ids)
        unread = await self._unread(conversation_ids, user_id)
        rows = await self._rows_of(_last_messages, conversation_ids)
        last = {row["conversation_id"]: read_message(row) for row in rows}
        return tuple(
            ConversationSummary(
                conversation=each,
                last_message=last.get(each.id),
                unread=unread[each.id],
            )
            for each in found
        )

    async def _conversations(self, conversation_ids: Sequence[str]) -> tuple[Conversation, ...]:
        """Give conversations in the order of the identifiers, all of which exist."""
        if not conversation_ids:
            return ()
        rows = {row["id"]: row for row in await self._rows_of(_conversations, conversation_ids)}
        members = await self._participants(conversation_ids)
        return tuple(read_conversation(rows[each], members[each]) for each in conversation_ids)
