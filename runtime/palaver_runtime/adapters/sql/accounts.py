"""Users, sessions and refresh tokens."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import exists, insert, select, update

from palaver_runtime.adapters.sql import user_rows
from palaver_runtime.adapters.sql.given import Given
from palaver_runtime.adapters.sql.prepared import Prepared
from palaver_runtime.adapters.sql.profiles import PROFILE, read_profile
from palaver_runtime.adapters.sql.tables import participants, refresh_tokens, sessions, users
from palaver_runtime.adapters.sql.transaction import Transaction
from palaver_runtime.domain.values import Account, Profile, Session, User
from palaver_runtime.ports import Known, Redeemed


class AccountReader(Transaction):
    """Reads users and sessions."""

    async def user(self, user_id: str) -> User | None:
        """Give a user."""
        row = await self._row(user_rows.USER, user=user_id)
        return user_rows.read_user(row) if row else None

    async def caller(self, user_id: str, session_id: str) -> tuple[User | None, Session | None]:
        """Give a user and, if it is theirs, a session, an ended one included."""
        row = await self._row(user_rows.CALLER, user=user_id, session=session_id)
        return (None, None) if row is None else user_rows.read_caller(row)

    async def known(self, user_id: str, session_id: str | None = None) -> Known:
        """Give a user with their conversations and, if it is theirs, a session, an ended one included."""
        asked = user_rows.known(self._connection.dialect.name)
        return user_rows.read_known(await self._row(asked, user=user_id, session=session_id))

    async def account(self, name: str) -> Account | None:
        """Give the account of a name, without regard to case."""
        result = await self._connection.execute(select(users).where(users.c.name_key == name.lower()))
        row = result.mappings().one_or_none()
        if row is None or row["password_hash"] is None:
            return None
        return Account(user=user_rows.read_user(row), password_hash=row["password_hash"])

    async def profiles(self, user_ids: Sequence[str]) -> dict[str, Profile]:
        """Give how some users, who may be many, are called; those who are nobody, or were deleted, are left out."""
        rows = await self._rows_of(_profiles, user_ids)
        return {row["id"]: read_profile(row) for row in rows}

    async def share_conversation(self, user_id: str, other_id: str) -> bool:
        """Tell whether two users are in a conversation together."""
        others = participants.alias("others")
        return await self._holds(
            participants,
            participants.c.user_id == user_id,
            exists().where(others.c.conversation_id == participants.c.conversation_id, others.c.user_id == other_id),
        )

    async def session(self, session_id: str) -> Session | None:
        """Give a session, ended ones included."""
        result = await self._connection.execute(select(sessions).where(sessions.c.id == session_id))
        row = result.mappings().one_or_none()
        return user_rows.read_session(row) if row else None

    async def ended_sessions(self, session_ids: Sequence[str]) -> frozenset[str]:
        """Give those of some sessions, which may be many, that have ended."""
        found = await self._found_of(_ended, session_ids)
        return frozenset(session_id for (session_id,) in found)

    async def deleted_users(self, user_ids: Sequence[str]) -> frozenset[str]:
        """Give those of some users, who may be many, who were deleted."""
        found = await self._found_of(_deleted, user_ids)
        return frozenset(user_id for (user_id,) in found)


@cache
def _ended(given: Given) -> Prepared:
    ended = sessions.c.ended_at.is_not(None)
    return Prepared(select(sessions.c.id).where(ended, sessions.c.id.in_(select(given.table))))


@cache
def _deleted(given: Given) -> Prepared:
    deleted = users.c.deleted_at.is_not(None)
    return Prepared(select(users.c.id).where(deleted, users.c.id.in_(select(given.table))))


@cache
def _profiles(given: Given) -> Prepared:
    return Prepared(
        select(users.c.id, *PROFILE).where(users.c.id.in_(select(given.table)), users.c.deleted_at.is_(None))
    )


class AccountWriter(AccountReader):
    """Adds users, begins and ends sessions."""

    async def add_user(self, user: User, password_hash: str | None = None) -> bool:
        """Add a user; False, and nothing done, when the identifier or the name is taken."""
        added = await self._connection.execute(
            self._insert_unless_there(users).values(
                id=user.id,
                name=user.name,
                name_key=None if user.name is None else user.name.lower(),
                display_name=user.display_name,
                password_hash=password_hash,
                created_at=user.created_at,
            )
        )
        return added.rowcount == 1

    async def add_session(self, session: Session, refresh_hash: str) -> None:
        """Add a session and its first refresh token."""
        await self._connection.execute(
            insert(sessions).values(
                id=session.id,
                user_id=session.user_id,
                created_at=session.created_at,
                expires_at=session.expires_at,
                ended_at=session.ended_at,
            )
        )
        await self.add_refresh_token(session.id, refresh_hash)

    async def add_refresh_token(self, session_id: str, refresh_hash: str) -> None:
        """Add a session's next refresh token."""
        await self._connection.execute(insert(refresh_tokens).values(hash=refresh_hash, session_id=session_id))

    async def redeem(self, refresh_hash: str, at: datetime) -> Redeemed | None:
        """Use up a refresh token; None for one that never was.

        Of several that redeem one token at once, exactly one finds it unused.
        """
        is_it = refresh_tokens.c.hash == refresh_hash
        session_id = await self._connection.scalar(
            update(refresh_tokens)
            .where(is_it, refresh_tokens.c.spent_at.is_(None))
            .values(spent_at=at)
            .returning(refresh_tokens.c.session_id)
        )
        if session_id is not None:
            return Redeemed(session_id=session_id, reused=False)
        session_id = await self._connection.scalar(select(refresh_tokens.c.session_id).where(is_it))
        return None if session_id is None else Redeemed(session_id=session_id, reused=True)

    async def end_session(self, session_id: str, at: datetime) -> bool:
        """End a session; False when it had ended already."""
        ended = await self._connection.execute(
            update(sessions).where(sessions.c.id == session_id, sessions.c.ended_at.is_(None)).values(ended_at=at)
        )
        return ended.rowcount == 1
