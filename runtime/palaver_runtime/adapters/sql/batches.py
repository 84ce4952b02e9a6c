"""What it takes to send many messages in one transaction: each operation is one statement, however many they are."""

from collections.abc import Collection, Sequence

from sqlalchemy import BigInteger, Integer, Text, case, insert, select, update

from palaver_runtime.adapters.sql.columns import Moment
from palaver_runtime.adapters.sql.conversations import read_participant
from palaver_runtime.adapters.sql.messages import read_message, written_attachments
from palaver_runtime.adapters.sql.tables import conversations, messages, participants
from palaver_runtime.adapters.sql.transaction import Transaction
from palaver_runtime.domain.values import Message, Participant, Position
from palaver_runtime.ports import Advance, ClientKey


class BatchWriter(Transaction):
    """Sends messages. The conversations are locked first; what is read after that stays so until the commit."""

    async def lock_all(self, conversation_ids: Collection[str]) -> dict[str, Position]:
        """Lock several conversations, as `lock` does, and give where they stand; unknown ones are left out.

        Those who lock several never wait for each other in a circle: the rows are locked in the order of their
        identifiers, which never change.
        """
        rows = await self._connection.execute(
            select(conversations.c.id, conversations.c.revision, conversations.c.sequence)
            .where(self._among(conversations.c.id, conversation_ids))
            .order_by(conversations.c.id)
            .with_for_update(key_share=True)
        )
        return {row.id: Position(revision=row.revision, sequence=row.sequence) for row in rows}

    async def participants(self, places: Collection[tuple[str, str]]) -> dict[tuple[str, str], Participant]:
        """Give who is there of several (conversation, user)."""
        asked = self._table_of({"conversation_id": Text(), "user_id": Text()}, places)
        result = await self._connection.execute(
            select(participants).join(
                asked,
                (participants.c.conversation_id == asked.c.conversation_id)
                & (participants.c.user_id == asked.c.user_id),
            )
        )
        return {(row["conversation_id"], row["user_id"]): read_participant(row) for row in result.mappings()}

    async def messages_by_client_id(self, keys: Collection[ClientKey]) -> dict[ClientKey, Message]:
        """Give those messages that were sent under some client identifiers."""
        asked = self._table_of(
            {"conversation_id": Text(), "sender_id": Text(), "client_id": Text()},
            [(key.conversation_id, key.sender_id, key.client_id) for key in keys],
        )
        result = await self._connection.execute(
            select(messages).join(
                asked,
                (messages.c.conversation_id == asked.c.conversation_id)
                & (messages.c.sender_id == asked.c.sender_id)
                & (messages.c.client_id == asked.c.client_id),
            )
        )
        return {
            ClientKey(row["conversation_id"], row["sender_id"], row["client_id"]): read_message(row)
            for row in result.mappings()
        }

    async def messages(self, message_ids: Collection[str]) -> dict[str, Message]:
        """Give those of some messages that are there, deleted ones included."""
        result = await self._connection.execute(select(messages).where(self._among(messages.c.id, message_ids)))
        return {row["id"]: read_message(row) for row in result.mappings()}

    async def advance_all(self, advances: Collection[Advance]) -> None:
        """Set the counters of several conversations, which the caller has locked."""
        moved = self._table_of(
            {"id": Text(), "revision": Integer(), "sequence": Integer(), "active_at": BigInteger()},
            [
                (
                    each.conversation_id,
                    each.position.revision,
                    each.position.sequence,
                    Moment.milliseconds(each.active_at),
                )
                for each in advances
            ],
        )
        active_at = conversations.c.active_at
        await self._connection.execute(
            update(conversations)
            .where(conversations.c.id == moved.c.id)
            .values(
                revision=moved.c.revision,
                sequence=moved.c.sequence,
                # The moment was taken before the lock, so it may be earlier than that of the message before.
                active_at=case((active_at < moved.c.active_at, moved.c.active_at), else_=active_at),
            )
        )

    async def add_messages(self, new: Sequence[Message]) -> None:
        """Add messages. Their numbers were taken under the lock, and `advance_all` keeps them."""
        await self._connection.execute(
            insert(messages),
            [
                {
                    "id": each.id,
                    "conversation_id": each.conversation_id,
                    "sender_id": each.sender_id,
                    "content": each.content,
                    "attachments": written_attachments(each),
                    "metadata": each.metadata,
                    "reply_to": each.reply_to,
                    "client_id": each.client_id,
                    "sequence": each.sequence,
                    "created_revision": each.created_revision,
                    "revision": each.revision,
                    "edited": each.edited,
                    "created_at": each.created_at,
                    "updated_at": each.updated_at,
                    "deleted_at": each.deleted_at,
                }
                for each in new
            ],
        )
