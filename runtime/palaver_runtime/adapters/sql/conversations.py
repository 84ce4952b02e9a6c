"""Conversations and their participants."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from palaver_runtime.adapters.sql.given import Given
from palaver_runtime.adapters.sql.prepared import Prepared, Row
from palaver_runtime.adapters.sql.profiles import PROFILE, read_profile
from palaver_runtime.adapters.sql.tables import conversations, messages, participants, users
from palaver_runtime.adapters.sql.transaction import Transaction
from palaver_runtime.domain.values import Conversation, ConversationType, Participant, Position, Role
from palaver_runtime.ports import Bearings, Place, Standing

SELECT_PARTICIPANTS: Final = select(participants, *PROFILE).join(users, users.c.id == participants.c.user_id)
"""Participants with their profiles, in one statement."""

SELECT_MEMBERSHIPS: Final = (
    select(conversations.c.id)
    .join(participants, participants.c.conversation_id == conversations.c.id)
    .where(participants.c.user_id == bindparam("user"))
)
"""The identifiers of the conversations of a `user`."""

_CONVERSATION: Final = Prepared(select(conversations).where(conversations.c.id == bindparam("conversation")))
_MEMBERSHIPS: Final = Prepared(SELECT_MEMBERSHIPS.add_columns(conversations.c.revision))
_PARTICIPANT: Final = Prepared(
    SELECT_PARTICIPANTS.where(
        participants.c.conversation_id == bindparam("conversation"), participants.c.user_id == bindparam("user")
    )
)
_POSITION: Final = Prepared(
    select(conversations.c.revision, conversations.c.sequence).where(conversations.c.id == bindparam("conversation"))
)
_BEARINGS: Final = Prepared(
    select(
        conversations.c.revision,
        conversations.c.sequence,
        messages.c.conversation_id,
        messages.c.sequence.label("message_sequence"),
        messages.c.created_revision,
    )
    .join_from(participants, conversations, conversations.c.id == participants.c.conversation_id)
    .outerjoin(messages, messages.c.id == bindparam("message"))
    .where(participants.c.conversation_id == bindparam("conversation"), participants.c.user_id == bindparam("user"))
)
_DIRECT: Final = Prepared(select(conversations.c.id).where(conversations.c.direct_key == bindparam("key")))


@cache
def _participants(given: Given) -> Prepared:
    return Prepared(
        SELECT_PARTICIPANTS.where(participants.c.conversation_id.in_(select(given.table))).order_by(
            participants.c.conversation_id, participants.c.ordinal
        )
    )


@cache
def _standings(given: Given) -> Prepared:
    return Prepared(
        select(
            participants.c.user_id,
            participants.c.conversation_id,
            participants.c.joined_revision,
            conversations.c.revision,
        )
        .join(conversations, conversations.c.id == participants.c.conversation_id)
        .where(participants.c.user_id.in_(select(given.table)))
    )


@cache
def _moved(numbers: Given) -> Prepared:
    known = numbers.table
    return Prepared(
        select(conversations.c.id, conversations.c.revision)
        .join_from(known, conversations, conversations.c.id == known.c.id)
        .where(conversations.c.revision != known.c.number)
    )


@cache
def _miscounted(numbers: Given) -> Prepared:
    known = numbers.table
    number = select(func.count()).where(participants.c.user_id == known.c.id).scalar_subquery()
    return Prepared(select(known.c.id).where(known.c.number != number))


class ConversationReader(Transaction):
    """Reads conversations one at a time; see listings for many."""

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """Give a conversation with its participants."""
        row = await self._row(_CONVERSATION, conversation=conversation_id)
        if row is None:
            return None
        members = await self._participants([conversation_id])
        return read_conversation(row, members[conversation_id])

    async def direct_conversation(self, user_id: str, other_id: str) -> Conversation | None:
        """Give the direct conversation of two users."""
        row = await self._row(_DIRECT, key=direct_key(user_id, other_id))
        return None if row is None else await self.conversation(row["id"])

    async def participant(self, conversation_id: str, user_id: str) -> Participant | None:
        """Give a user's place in a conversation."""
        row = await self._row(_PARTICIPANT, conversation=conversation_id, user=user_id)
        return read_participant(row) if row else None

    async def memberships(self, user_id: str) -> dict[str, int]:
        """Give the user's conversations, each with its present revision."""
        return {row["id"]: row["revision"] for row in await self._rows(_MEMBERSHIPS, user=user_id)}

    async def standings(self, user_ids: Sequence[str]) -> tuple[Standing, ...]:
        """Give all memberships of some users, who may be many."""
        rows = await self._rows_of(_standings, user_ids)
        return tuple(
            Standing(row["user_id"], row["conversation_id"], row["joined_revision"], row["revision"]) for row in rows
        )

    async def revisions(self, conversation_ids: Sequence[str]) -> dict[str, int]:
        """Give the present revisions of some conversations, which may be many; unknown ones are left out."""
        given = self._texts()
        rows = await self._connection.execute(
            select(conversations.c.id, conversations.c.revision).where(conversations.c.id.in_(select(given.table))),
            given.parameters([(each,) for each in conversation_ids]),
        )
        return {row.id: row.revision for row in rows}

    async def moved(self, known: Mapping[str, int]) -> dict[str, int]:
        """Give the present revisions of conversations, which may be many, where they are not those that are known."""
        numbers = self._numbers()
        found = await self._found(_moved(numbers), **numbers.parameters([*known.items()]))
        return {row[0]: row[1] for row in found}

    async def miscounted(self, numbers: Mapping[str, int]) -> frozenset[str]:
        """Give those of some users, who may be many, who are not in so many conversations."""
        given = self._numbers()
        found = await self._found(_miscounted(given), **given.parameters([*numbers.items()]))
        return frozenset(user_id for (user_id,) in found)

    async def position(self, conversation_id: str) -> Position | None:
        """Give the counters of a conversation."""
        row = await self._row(_POSITION, conversation=conversation_id)
        return None if row is None else _read_position(row)

    async def bearings(self, conversation_id: str, user_id: str, message_id: str | None) -> Bearings | None:
        """Give the bearings of a participant who knows a message, of whatever conversation; None for anybody else."""
        row = await self._row(_BEARINGS, conversation=conversation_id, user=user_id, message=message_id)
        if row is None:
            return None
        known = row["conversation_id"] is not None
        last = Place(row["conversation_id"], row["message_sequence"], row["created_revision"]) if known else None
        return Bearings(_read_position(row), last)

    async def _participants(self, conversation_ids: Sequence[str]) -> dict[str, list[Participant]]:
        """Give the participants of each of the conversations, in the order in which they joined."""
        found: dict[str, list[Participant]] = {each: [] for each in conversation_ids}
        for row in await self._rows_of(_participants, found):
            found[row["conversation_id"]].append(read_participant(row))
        return found


class ConversationWriter(ConversationReader):
    """Creates conversations and changes them."""

    async def lock(self, conversation_id: str) -> bool:
        """Keep others from changing a conversation until the transaction ends; False when there is none.

        On SQLite the transaction has locked the whole database already, and FOR UPDATE is left out.
        """
        found = await self._connection.scalar(
            select(conversations.c.id)
            .where(conversations.c.id == conversation_id)
            # NO KEY: rows that refer to the conversation may be added meanwhile by who holds no lock.
            .with_for_update(key_share=True)
        )
        return found is not None

    async def advance(self, conversation_id: str) -> int:
        """Take the next revision, for a change that is not a new message."""
        result = await self._connection.execute(
            update(conversations)
            .where(conversations.c.id == conversation_id)
            .values(revision=conversations.c.revision + 1)
            .returning(conversations.c.revision)
        )
        revision: int = result.scalar_one()
        return revision

    async def add_conversation(self, conversation: Conversation) -> bool:
        """Add a conversation and its participants; False when it is there, or the two of a direct one have one already.

        One that is being added at the same time is waited for.
        """
        key = None
        if conversation.type is ConversationType.DIRECT:
            key = direct_key(*(each.user_id for each in conversation.participants))
        added = await self._connection.execute(
            self._insert_unless_there(conversations).values(
                id=conversation.id,
                type=conversation.type.value,
                name=conversation.name,
                metadata=conversation.metadata,
                direct_key=key,
                created_by=conversation.created_by,
                created_at=conversation.created_at,
                updated_at=conversation.updated_at,
                active_at=conversation.active_at,
                revision=conversation.revision,
                sequence=conversation.sequence,
                public=conversation.public,
            )
        )
        if added.rowcount == 0:
            return False
        await self._connection.execute(
            insert(participants),
            [
                {
                    "conversation_id": conversation.id,
                    "user_id": each.user_id,
                    "role": each.role.value,
                    "joined_at": each.joined_at,
                    "ordinal": ordinal,
                    "read_sequence": conversation.sequence,
                    "joined_revision": conversation.revision,
                }
                for ordinal, each in enumerate(conversation.participants)
            ],
        )
        return True

    async def update_conversation(
        self, conversation_id: str, name: str | None, metadata: Mapping[str, object], at: datetime
    ) -> None:
        """Set name and metadata."""
        await self._connection.execute(
            update(conversations)
            .where(conversations.c.id == conversation_id)
            .values(name=name, metadata=metadata, updated_at=at)
        )

    async def add_participant(
        self, conversation_id: str, participant: Participant, *, read_sequence: int, joined_revision: int
    ) -> bool:
        """Add a participant who joins with a revision, having read up to a sequence; False for one who is there."""
        last = select(func.coalesce(func.max(participants.c.ordinal), -1)).where(
            participants.c.conversation_id == conversation_id
        )
        added = await self._connection.execute(
            self._insert_unless_there(participants).values(
                conversation_id=conversation_id,
                user_id=participant.user_id,
                role=participant.role.value,
                joined_at=participant.joined_at,
                ordinal=last.scalar_subquery() + 1,
                read_sequence=read_sequence,
                joined_revision=joined_revision,
            )
        )
        return added.rowcount == 1

    async def remove_participant(self, conversation_id: str, user_id: str) -> bool:
        """Remove a participant; False for somebody who is not there."""
        removed = await self._connection.execute(
            delete(participants).where(
                participants.c.conversation_id == conversation_id, participants.c.user_id == user_id
            )
        )
        return removed.rowcount == 1

    async def set_role(self, conversation_id: str, user_id: str, role: Role) -> None:
        """Change what a participant may do."""
        await self._connection.execute(
            update(participants)
            .where(participants.c.conversation_id == conversation_id, participants.c.user_id == user_id)
            .values(role=role.value)
        )


def direct_key(*user_ids: str) -> str:
    """Give what is unique to the direct conversation of two users, in whichever order."""
    # Length first, so that no two pairs of identifiers run together to the same text.
    text = "".join(f"{len(each)}:{each}" for each in sorted(user_ids))
    return hashlib.sha256(text.encode()).hexdigest()


def _read_position(row: Row) -> Position:
    return Position(revision=row["revision"], sequence=row["sequence"])


def read_conversation(row: Row, members: Sequence[Participant]) -> Conversation:
    """Turn a row and the participants in order into a conversation."""
    return Conversation(
        id=row["id"],
        type=ConversationType(row["type"]),
        name=row["name"],
        metadata=row["metadata"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        active_at=row["active_at"],
        revision=row["revision"],
        sequence=row["sequence"],
        participants=tuple(members),
        public=row["public"],
    )


def read_participant(row: Row) -> Participant:
    """Turn a row of SELECT_PARTICIPANTS into a participant."""
    return Participant(
        user_id=row["user_id"], role=Role(row["role"]), joined_at=row["joined_at"], profile=read_profile(row)
    )
