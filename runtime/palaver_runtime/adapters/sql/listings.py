"""Conversations as people find them. A page takes the same number of queries whatever its length."""

from collections.abc import Sequence

from sqlalchemy import and_, literal, select, tuple_, union

from palaver_runtime.adapters.sql.columns import Moment
from palaver_runtime.adapters.sql.conversations import SELECT_MEMBERSHIPS, ConversationReader, read_conversation
from palaver_runtime.adapters.sql.messages import read_message, with_sender
from palaver_runtime.adapters.sql.receipts import ReceiptReader
from palaver_runtime.adapters.sql.tables import conversations, messages
from palaver_runtime.domain.values import Conversation, ConversationSummary
from palaver_runtime.ports import ListingPlace


class ListingReader(ConversationReader, ReceiptReader):
    """Reads listings."""

    async def summaries(self, user_id: str, after: ListingPlace | None, limit: int) -> tuple[ConversationSummary, ...]:
        """Give the user's conversations, latest activity first, those after a place."""
        order = (conversations.c.active_at, conversations.c.id)
        statement = SELECT_MEMBERSHIPS.order_by(*(each.desc() for each in order)).limit(limit)
        if after is not None:
            statement = statement.where(
                tuple_(*order) < tuple_(literal(after.active_at, Moment), after.conversation_id)
            )
        page = list(await self._connection.scalars(statement, {"user": user_id}))
        return await self._summaries(page, user_id)

    async def rooms(self, user_id: str, limit: int) -> tuple[Conversation, ...]:
        """Give the user's conversations and the public ones, latest activity first."""
        # Two statements in one: with an OR between them every conversation would be looked at.
        public = select(conversations.c.id, conversations.c.active_at).where(conversations.c.public)
        own = SELECT_MEMBERSHIPS.add_columns(conversations.c.active_at)
        either = union(own, public)
        order = (either.selected_columns.active_at.desc(), either.selected_columns.id.desc())
        page = await self._connection.scalars(either.order_by(*order).limit(limit), {"user": user_id})
        return await self._conversations(page.all())

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
        result = await self._connection.execute(
            with_sender(
                select(messages)
                .join(
                    conversations,
                    and_(
                        conversations.c.id == messages.c.conversation_id,
                        conversations.c.sequence == messages.c.sequence,
                    ),
                )
                .where(conversations.c.id.in_(conversation_ids))
            )
        )
        last = {row["conversation_id"]: read_message(row) for row in result.mappings()}
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
        result = await self._connection.execute(select(conversations).where(conversations.c.id.in_(conversation_ids)))
        rows = {row["id"]: row for row in result.mappings()}
        members = await self._participants(conversation_ids)
        return tuple(read_conversation(rows[each], members[each]) for each in conversation_ids)
