"""Alembic, as it is told to run the migrations."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from palaver_runtime.adapters.sql import REVISIONS, migrate
from palaver_runtime.adapters.sql.migrating import SCRIPTS


def test_every_migration_is_a_revision_that_is_known() -> None:
    """In the order in which they are run: the list can be read without them."""
    found = [each.revision for each in ScriptDirectory(str(SCRIPTS)).walk_revisions()]
    assert found[::-1] == list(REVISIONS)


async def test_log_has_what_is_changed_and_no_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each migration that runs is told; of a database that is up to date there is nothing to tell."""
    url = f"sqlite:///{tmp_path}/chat.db"
    with caplog.at_level("INFO", "alembic"):
        await migrate(url)
        assert caplog.records[0].getMessage().startswith("Running upgrade  -> 0001")
        assert len(caplog.records) == len(REVISIONS)
        caplog.clear()
        await migrate(url)
        assert caplog.records == []
