"""What those who look after a server read and change."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from palaver_runtime.adapters.sql.messages import read_message, with_sender
from palaver_runtime.adapters.sql.tables import (
    changes,
    conversations,
    messages,
    participants,
    refresh_tokens,
    sessions,
    users,
)
from palaver_runtime.adapters.sql.transaction import Transaction
from palaver_runtime.adapters.sql.user_rows import read_session, read_user
from palaver_runtime.domain.values import Message, Session, User


class AdministrationReader(Transaction):
    """Reads across all users and conversations."""

    async def users(self, after: str, limit: int, *, deleted: bool = False) -> tuple[User, ...]:
        """Give users by ascending identifier, those after one; those who were deleted only if they are wanted."""
        statement = select(users).where(users.c.id > after).order_by(users.c.id).limit(limit)
        if not deleted:
            statement = statement.where(users.c.deleted_at.is_(None))
        result = await self._connection.execute(statement)
        return tuple(map(read_user, result.mappings()))

    async def user_named(self, name: str) -> User | None:
        """Give the user of a name, without regard to case."""
        result = await self._connection.execute(select(users).where(users.c.name_key == name.lower()))
        row = result.mappings().one_or_none()
        return read_user(row) if row else None

    async def live_sessions(
        self, at: datetime, after: str, limit: int, *, user_id: str | None = None
    ) -> tuple[Session, ...]:
        """Give the sessions, of a user or of all, that have neither ended nor expired, by ascending identifier."""
        statement = (
            select(sessions)
            .where(sessions.c.id > after, sessions.c.ended_at.is_(None), sessions.c.expires_at > at)
            .order_by(sessions.c.id)
            .limit(limit)
        )
        if user_id is not None:
            statement = statement.where(sessions.c.user_id == user_id)
        result = await self._connection.execute(statement)
        return tuple(map(read_session, result.mappings()))

    async def conversation_ids(self, after: str, limit: int, *, user_id: str | None = None) -> tuple[str, ...]:
        """Give conversations, a user's or all that have participants or messages, by ascending identifier."""
        here = participants.c.conversation_id == conversations.c.id
        if user_id is not None:
            wanted: ColumnElement[bool] = exists().where(here, participants.c.user_id == user_id)
        else:
            wanted = or_(exists().where(here), exists().where(messages.c.conversation_id == conversations.c.id))
        found = await self._connection.scalars(
            select(conversations.c.id)
            .where(conversations.c.id > after, wanted)
            .order_by(conversations.c.id)
            .limit(limit)
        )
        return tuple(found)

    async def sequence_before(self, conversation_id: str, at: datetime) -> int:
        """Give the sequence up to which all messages of a conversation are older than a moment; 0 for none."""
        first_kept = await self._connection.scalar(
            select(func.min(messages.c.sequence)).where(
                messages.c.conversation_id == conversation_id, messages.c.created_at >= at
            )
        )
        if first_kept is not None:
            return int(first_kept) - 1
        last = await self._connection.scalar(
            select(func.max(messages.c.sequence)).where(messages.c.conversation_id == conversation_id)
        )
        return int(last or 0)

    async def count_messages(self, conversation_id: str, until: int | None = None) -> int:
        """Count the messages of a conversation that are there, up to a sequence."""
        statement = select(func.count()).where(messages.c.conversation_id == conversation_id)
        if until is not None:
            statement = statement.where(messages.c.sequence <= until)
        return int(await self._connection.scalar(statement) or 0)

    async def messages_by(self, user_id: str, after: str, limit: int) -> tuple[Message, ...]:
        """Give messages of a user's that are not deleted, of any conversation, by ascending identifier."""
        result = await self._connection.execute(
            with_sender(
                select(messages)
                .where(messages.c.sender_id == user_id, messages.c.deleted_at.is_(None), messages.c.id > after)
                .order_by(messages.c.id)
                .limit(limit)
            )
        )
        return tuple(map(read_message, result.mappings()))

    async def count_stale_sessions(self, before: datetime) -> int:
        """Count the sessions that ended or expired before a moment."""
        counted = await self._connection.scalar(select(func.count()).select_from(sessions).where(_stale(before)))
        return int(counted or 0)

    async def is_empty(self) -> bool:
        """Tell whether there is no user and no conversation."""
        return not (await self._holds(users) or await self._holds(conversations))


class AdministrationWriter(AdministrationReader):
    """Changes users and conversations as nobody else may."""

    async def rename_user(self, user_id: str, name: str | None, display_name: str | None) -> bool:
        """Set a user's names; False, and nothing done, when the name is another's."""
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(
                    update(users)
                    .where(users.c.id == user_id)
                    .values(name=name, name_key=None if name is None else name.lower(), display_name=display_name)
                )
        except IntegrityError:
            return False
        return True

    async def set_password(self, user_id: str, password_hash: str) -> None:
        """Replace a user's password."""
        await self._connection.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))

    async def anonymise(self, user_id: str, at: datetime) -> None:
        """Note that a user was deleted, and forget the names and the password."""
        nothing = dict.fromkeys(("name", "name_key", "display_name", "password_hash"))
        await self._connection.execute(update(users).where(users.c.id == user_id).values(deleted_at=at, **nothing))

    async def strip_conversation(self, conversation_id: str, at: datetime) -> None:
        """Take a conversation's name, its metadata, and every way into it; the caller has locked it.

        The two of a direct one can have another.
        """
        await self._connection.execute(
            update(conversations)
            .where(conversations.c.id == conversation_id)
            .values(name=None, metadata={}, direct_key=None, public=False, updated_at=at)
        )

    async def forget_changes(self, conversation_id: str, until: int) -> int:
        """Remove what is recorded of a conversation up to a revision, which is then told as Superseded."""
        gone = await self._connection.execute(
            delete(changes).where(changes.c.conversation_id == conversation_id, changes.c.revision <= until)
        )
        return gone.rowcount

    async def forget_sessions(self, before: datetime, limit: int) -> int:
        """Remove up to so many sessions that ended or expired before a moment, with their tokens; give how many."""
        given = self._texts()
        found = await self._connection.scalars(select(sessions.c.id).where(_stale(before)).limit(limit))
        some = given.parameters([(each,) for each in found])
        await self._connection.execute(
            delete(refresh_tokens).where(refresh_tokens.c.session_id.in_(select(given.table))), some
        )
        gone = await self._connection.execute(delete(sessions).where(sessions.c.id.in_(select(given.table))), some)
        return gone.rowcount


def _stale(before: datetime) -> ColumnElement[bool]:
    return or_(sessions.c.ended_at < before, sessions.c.expires_at < before)
