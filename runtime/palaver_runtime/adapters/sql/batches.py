"""What it takes to send many messages in one transaction: each operation is one statement, however many they are."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import BigInteger, Dialect, Integer, Text, and_, case, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from palaver_runtime.adapters.sql.columns import Document, Moment
from palaver_runtime.adapters.sql.conversations import SELECT_PARTICIPANTS, read_participant
from palaver_runtime.adapters.sql.given import Given
from palaver_runtime.adapters.sql.messages import read_message, with_sender, written_attachments
from palaver_runtime.adapters.sql.prepared import Prepared, execute_many
from palaver_runtime.adapters.sql.tables import conversations, messages, participants
from palaver_runtime.adapters.sql.transaction import Transaction
from palaver_runtime.domain.values import Message, Participant, Position
from palaver_runtime.ports import Advance, ClientKey


class BatchWriter(Transaction):
    """Sends messages. The conversations are locked first; what is read after that stays so until the commit."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self._statements = _statements(connection.dialect)

    async def lock_all(self, conversation_ids: Collection[str]) -> dict[str, Position]:
        """Lock several conversations, as `lock` does, and give where they stand; unknown ones are left out.

        Those who lock several never wait for each other in a circle: the rows are locked in the order of their
        identifiers, which never change.
        """
        known = self._statements
        rows = await self._rows(known.lock, **known.ids.parameters([(each,) for each in conversation_ids]))
        return {row["id"]: Position(revision=row["revision"], sequence=row["sequence"]) for row in rows}

    async def participants(self, places: Collection[tuple[str, str]]) -> dict[tuple[str, str], Participant]:
        """Give who is there of several (conversation, user)."""
        known = self._statements
        rows = await self._rows(known.participants, **known.places.parameters(places))
        return {(row["conversation_id"], row["user_id"]): read_participant(row) for row in rows}

    async def messages_by_client_id(self, keys: Collection[ClientKey]) -> dict[ClientKey, Message]:
        """Give those messages that were sent under some client identifiers."""
        known = self._statements
        rows = await self._rows(known.repeated, **known.keys.parameters(keys))
        return {
            ClientKey(row["conversation_id"], row["sender_id"], row["client_id"]): read_message(row) for row in rows
        }

    async def messages(self, message_ids: Collection[str]) -> dict[str, Message]:
        """Give those of some messages that are there, deleted ones included."""
        known = self._statements
        rows = await self._rows(known.messages, **known.ids.parameters([(each,) for each in message_ids]))
        return {row["id"]: read_message(row) for row in rows}

    async def advance_all(self, advances: Collection[Advance]) -> None:
        """Set the counters of several conversations, which the caller has locked."""
        known = self._statements
        rows = [
            (each.conversation_id, each.position.revision, each.position.sequence, Moment.milliseconds(each.active_at))
            for each in advances
        ]
        await self._rows(known.advance, **known.advances.parameters(rows))

    async def add_messages(self, new: Sequence[Message]) -> None:
        """Add messages. Their numbers were taken under the lock, and `advance_all` keeps them."""
        known = self._statements
        rows = [tuple(map(_stored(message).__getitem__, known.order)) for message in new]
        await self._connection.run_sync(execute_many, known.insert, rows)

    async def forget_messages(self, until: Mapping[str, int]) -> int:
        """Remove the messages of some conversations, each up to a sequence, as if they had never been there.

        Gives how many there were. Their revisions are still told, as Superseded.
        """
        known = self._statements
        gone = await self._connection.execute(known.forget, known.ends.parameters(list(until.items())))
        return gone.rowcount


class _Statements:
    """The statements, which are made once: to make and to look up one takes longer than SQLite takes to do it."""

    def __init__(self, dialect: Dialect) -> None:
        self.ids = Given(dialect.name, id=Text())
        self.places = Given(dialect.name, conversation_id=Text(), user_id=Text())
        self.keys = Given(dialect.name, conversation_id=Text(), sender_id=Text(), client_id=Text())
        self.advances = Given(dialect.name, id=Text(), revision=Integer(), sequence=Integer(), active_at=BigInteger())
        self.ends = Given(dialect.name, conversation_id=Text(), sequence=Integer())
        ids, places, keys, moved = self.ids.table, self.places.table, self.keys.table, self.advances.table
        ends = self.ends.table
        self.lock = Prepared(
            select(conversations.c.id, conversations.c.revision, conversations.c.sequence)
            .where(conversations.c.id.in_(select(ids)))
            .order_by(conversations.c.id)
            .with_for_update(key_share=True)
        )
        self.participants = Prepared(
            SELECT_PARTICIPANTS.join(
                places,
                and_(
                    participants.c.conversation_id == places.c.conversation_id,
                    participants.c.user_id == places.c.user_id,
                ),
            )
        )
        self.repeated = Prepared(
            with_sender(
                select(messages).join(
                    keys,
                    and_(
                        messages.c.conversation_id == keys.c.conversation_id,
                        messages.c.sender_id == keys.c.sender_id,
                        messages.c.client_id == keys.c.client_id,
                    ),
                )
            )
        )
        self.messages = Prepared(with_sender(select(messages).where(messages.c.id.in_(select(ids)))))
        # With a correlated condition instead SQLite would look at every message there is.
        self.forget = delete(messages).where(
            messages.c.id.in_(
                select(messages.c.id).join(
                    ends,
                    and_(
                        messages.c.conversation_id == ends.c.conversation_id,
                        messages.c.sequence <= ends.c.sequence,
                    ),
                )
            )
        )
        active_at = conversations.c.active_at
        self.advance = Prepared(
            update(conversations)
            .where(conversations.c.id == moved.c.id)
            .values(
                revision=moved.c.revision,
                sequence=moved.c.sequence,
                # The moment was taken before the lock, so it may be earlier than that of the message before.
                active_at=case((active_at < moved.c.active_at, moved.c.active_at), else_=active_at),
            )
        )
        # As the driver takes it: to convert each value by the type of its column takes longer than to store it.
        compiled = insert(messages).compile(dialect=dialect)
        self.insert = str(compiled)
        self.order: Sequence[str] = compiled.positiontup or ()


_KNOWN: Final[dict[str, _Statements]] = {}


def _statements(dialect: Dialect) -> _Statements:
    """Give the statements, of which there is one of each for a kind of database."""
    found = _KNOWN.get(dialect.name)
    if found is None:
        found = _KNOWN[dialect.name] = _Statements(dialect)
    return found


def _stored(message: Message) -> Mapping[str, object]:
    """Give a message as it is stored, by column."""
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "sender_id": message.sender_id,
        "content": message.content,
        "attachments": Document.text(written_attachments(message)),
        "metadata": Document.text(message.metadata),
        "reply_to": message.reply_to,
        "client_id": message.client_id,
        "sequence": message.sequence,
        "created_revision": message.created_revision,
        "revision": message.revision,
        "edited": message.edited,
        "created_at": Moment.milliseconds(message.created_at),
        "updated_at": Moment.milliseconds(message.updated_at),
        "kind": message.kind.value,
        "deleted_at": None if message.deleted_at is None else Moment.milliseconds(message.deleted_at),
    }
