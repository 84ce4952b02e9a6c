"""Users and sessions as rows, and what is asked about them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from palaver_runtime.adapters.sql import user_rows
from palaver_runtime.domain.values import Session, User
from palaver_runtime.ports import Known

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
ANN = {"id": "ann", "name": "Ann", "display_name": None, "created_at": NOW, "deleted_at": None}
SESSION = {"id": "s", "user_id": "ann", "created_at": NOW, "expires_at": NOW, "ended_at": None}
THEIRS = {f"session_{name}": value for name, value in SESSION.items()}
NOBODYS = dict.fromkeys(THEIRS)


def test_rows_become_users_and_sessions() -> None:
    """Field by field; a session is there if it is theirs."""
    ann = User(id="ann", name="Ann", created_at=NOW)
    session = Session(id="s", user_id="ann", created_at=NOW, expires_at=NOW)
    assert user_rows.read_user(ANN) == ann
    assert user_rows.read_session(SESSION) == session
    assert user_rows.read_caller(ANN | THEIRS) == (ann, session)
    assert user_rows.read_caller(ANN | NOBODYS) == (ann, None)


@pytest.mark.parametrize(("gathered", "places"), [(None, {}), ('{"c": 3, "d": 1}', {"c": 3, "d": 1})])
def test_row_becomes_what_is_known(gathered: str | None, places: dict[str, int]) -> None:
    """Who is in no conversation has no text of them."""
    user = user_rows.read_user(ANN)
    known = Known(user=user, session=None, memberships=places)
    assert user_rows.read_known(ANN | NOBODYS | {"memberships": gathered}) == known


def test_nobody_is_known_as_such() -> None:
    """Where there is no row there is no user."""
    assert user_rows.read_known(None) == Known(user=None, session=None, memberships={})


@pytest.mark.parametrize("dialect", [postgresql.dialect(paramstyle="numeric_dollar"), sqlite.dialect()])
def test_who_comes_is_asked_for_in_one_statement(dialect: Dialect) -> None:
    """It takes a user and a session, each by its name, and never reads what only signing in needs."""
    text = user_rows.known(dialect.name).text(dialect)
    assert {"ann", "s"} == set(text.values({"user": "ann", "session": "s"}))
    assert "password_hash" not in text.sql
    assert user_rows.known(dialect.name) is user_rows.known(dialect.name)
