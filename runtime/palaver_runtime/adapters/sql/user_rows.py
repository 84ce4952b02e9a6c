"""Users and their sessions as rows, and what every request and every connection asks about them, prepared.

The rows are read here, away from the classes that ask for them, as whoever comes waits for it.
"""

from functools import cache
from typing import Final

import orjson
from sqlalchemy import Text, and_, bindparam, cast, func, select

from palaver_runtime.adapters.sql.prepared import Prepared, Row
from palaver_runtime.adapters.sql.tables import conversations, participants, sessions, users
from palaver_runtime.domain.values import Session, User
from palaver_runtime.ports import Known

_PERSON: Final = [each for each in users.c if each.name not in ("name_key", "password_hash")]
"""All but what only signing in needs."""
USER: Final = Prepared(select(*_PERSON).where(users.c.id == bindparam("user")))
"""Asks for a user."""
_CALLER: Final = (
    select(*_PERSON, *(each.label(f"session_{each.name}") for each in sessions.c))
    .join_from(
        users,
        sessions,
        and_(sessions.c.id == bindparam("session"), sessions.c.user_id == users.c.id),
        isouter=True,
    )
    .where(users.c.id == bindparam("user"))
)
CALLER: Final = Prepared(_CALLER)
"""Asks for a user and a session of theirs."""
_GATHERED: Final = {"postgresql": func.json_object_agg, "sqlite": func.json_group_object}
"""What makes one JSON object of several rows."""


@cache
def known(dialect: str) -> Prepared:
    """Ask who calls and, in the same row, where they are: the caller may be in many conversations."""
    gathered = _GATHERED[dialect](conversations.c.id, conversations.c.revision)
    memberships = (
        select(cast(gathered, Text))
        .join_from(conversations, participants, participants.c.conversation_id == conversations.c.id)
        .where(participants.c.user_id == bindparam("user"))
        .scalar_subquery()
    )
    return Prepared(_CALLER.add_columns(memberships.label("memberships")))


def read_known(row: Row | None) -> Known:
    """Turn a row of `known` into what is known of somebody; None is nobody's."""
    if row is None:
        return Known(user=None, session=None, memberships={})
    user, session = read_caller(row)
    return Known(user=user, session=session, memberships=orjson.loads(row["memberships"] or b"{}"))


def read_caller(row: Row) -> tuple[User, Session | None]:
    """Turn a row of CALLER into a user and the session, if it is theirs."""
    return read_user(row), None if row["session_id"] is None else read_session(row, "session_")


def read_user(row: Row) -> User:
    """Turn a row into a user."""
    return User(
        id=row["id"],
        name=row["name"],
        display_name=row["display_name"],
        created_at=row["created_at"],
        deleted_at=row["deleted_at"],
    )


def read_session(row: Row, prefix: str = "") -> Session:
    """Turn a row into a session; `prefix` stands before the names of its columns."""
    return Session(
        id=row[f"{prefix}id"],
        user_id=row[f"{prefix}user_id"],
        created_at=row[f"{prefix}created_at"],
        expires_at=row[f"{prefix}expires_at"],
        ended_at=row[f"{prefix}ended_at"],
    )
