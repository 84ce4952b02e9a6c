"""What can be said of a database."""

from pathlib import Path

import pytest
from sqlalchemy import text

from palaver_runtime.adapters.sql import REVISIONS, SqlStore, StoreUnavailable
from palaver_runtime.adapters.sql.examination import examine, sqlite_file


async def test_database_is_described_and_not_changed(store: SqlStore, store_url: str) -> None:
    """Its schema, size and settings; that it can be written; that its clock is ours, as it is the same machine."""
    facts = await examine(store_url)
    assert facts.schema == REVISIONS[-1]
    assert facts.refusal is None
    assert facts.size > 0
    assert abs(facts.offset) < 10
    if facts.kind == "sqlite":
        assert facts.settings == {"journal_mode": "wal", "synchronous": "full"}
        assert facts.connections is None
    else:
        assert facts.settings.keys() == {"fsync", "full_page_writes", "synchronous_commit"}
        assert facts.connections is not None
        assert 0 < facts.connections[0] < facts.connections[1]
    async with store.reading() as tx:
        with pytest.raises(Exception, match="palaver_doctor"):
            await tx._connection.execute(text("SELECT * FROM palaver_doctor"))


async def test_empty_database_has_no_schema(empty_url: str) -> None:
    """It is not migrated by looking at it."""
    assert (await examine(empty_url)).schema is None


async def test_file_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    """What is no database at all is out of reach."""
    (tmp_path / "text.db").write_text("this is a text, and long enough not to be taken for an empty database" * 20)
    with pytest.raises(StoreUnavailable, match="not a database"):
        await examine(f"sqlite:///{tmp_path}/text.db")


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///a.db", "a.db"),
        ("sqlite+aiosqlite:////x/a.db", "/x/a.db"),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("postgresql://u@h/d", None),
        ("nonsense", None),
    ],
)
def test_file_of_a_url(url: str, file: str | None) -> None:
    """Only SQLite has one."""
    assert sqlite_file(url) == (None if file is None else Path(file))
