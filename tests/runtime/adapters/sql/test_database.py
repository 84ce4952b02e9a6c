"""The choice of a database."""

import pytest
from sqlalchemy import make_url

from palaver_runtime.adapters.sql.database import database, shown
from palaver_runtime.adapters.sql.errors import StoreUnavailable


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///palaver.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:////var/lib/palaver.db", "sqlite+aiosqlite"),
        ("sqlite+pysqlite:///palaver.db", "sqlite+aiosqlite"),
        ("postgres://ann@host/chat", "postgresql+asyncpg"),
        ("postgresql://ann@host/chat", "postgresql+asyncpg"),
        ("postgresql+asyncpg://ann@host/chat", "postgresql+asyncpg"),
        ("postgresql+psycopg://ann@host/chat", "postgresql+asyncpg"),
    ],
)
def test_driver_is_ours_to_choose(url: str, driver: str) -> None:
    """Every usual way to name a database leads to the driver that we use."""
    chosen = database(url, pool_size=1, connect_timeout=1)
    assert chosen.readers.url.drivername == driver
    assert chosen.writers.url.database == make_url(url).database
    # What an error is logged with does not repeat what people wrote.
    assert chosen.readers.sync_engine.hide_parameters
    assert chosen.writers.sync_engine.hide_parameters


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://ann:secret@host/chat", "mysql is not supported"),
        ("secret", "this is no URL"),
        ("", "this is no URL"),
        ("sqlite://", "cannot share a database in memory"),
        ("sqlite:///:memory:", "cannot share a database in memory"),
        ("sqlite:///file:x?mode=memory&uri=true", "cannot share a database in memory"),
    ],
)
def test_unusable_url_is_refused_with_a_remedy(url: str, reason: str) -> None:
    """A URL of no use is refused at once; the message says what to give, and no password."""
    with pytest.raises(StoreUnavailable, match=reason) as caught:
        database(url, pool_size=1, connect_timeout=1)
    assert "sqlite:///" in caught.value.remedy
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["postgresql://ann:secret@host/chat", "postgresql://host/chat?user=ann&password=secret"]
)
def test_password_is_never_shown(url: str) -> None:
    """A password is hidden wherever in the URL it stands, and the rest is not."""
    text = shown(make_url(url))
    assert "secret" not in text
    assert "ann" in text
    assert "host/chat" in text
