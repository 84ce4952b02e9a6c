"""Backup, migration, restore and move while clients talk: `make backup-drill`, small."""

from pathlib import Path
from typing import Any

import pytest
from drills.backup import Older, both, drill
from sqlalchemy import URL


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_nothing_promised_is_lost(tmp_path: Path, postgres_server: URL, redis_url: str, kind: str) -> None:
    """On a database of an earlier version, with an instance of that version; clients go on by themselves at each step.

    The drill raises for whatever is missing or heard twice; the figures say that it had something to look at.
    """
    async with both(tmp_path, str(postgres_server.render_as_string(hide_password=False)), redis_url, kind) as places:
        place, other, env = places
        figures: dict[str, Any] = await drill(place, other, env, Older(), 2)
    assert figures["backup"]["promised_before"] >= 6
    assert figures["migration"]["promised_since"] >= 24
    assert figures["restore"]["promised_after_the_backup_and_lost"] > 0
    assert figures["move"]["messages"] > figures["backup"]["promised_before"]
    for step in ("migration", "restore", "move"):
        assert figures[step]["missing"] == 0
