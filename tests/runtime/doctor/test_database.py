"""The database is looked at."""

from dataclasses import replace
from pathlib import Path

import pytest

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.examination import DatabaseFacts, examine
from palaver_runtime.doctor import database
from palaver_runtime.doctor.finding import Finding, Level
from palaver_runtime.settings import Settings


async def look(url: str) -> dict[str, Finding]:
    """Give what is found, by name."""
    return {each.name: each for each in await database.look(Settings(database_url=url))}


async def test_database_in_order(store: SqlStore, store_url: str) -> None:
    """Nothing but its durability is to be mended, where a server for tests has none."""
    found = await look(store_url)
    assert {"reachable", "schema", "writable", "durability", "size", "database"} <= found.keys()
    wrong = {name for name, each in found.items() if each.level is Level.ERROR}
    assert wrong <= {"durability"}
    assert store is not None


@pytest.mark.parametrize(
    ("change", "name", "level"),
    [
        ({"schema": "0001"}, "schema", Level.WARNING),
        ({"schema": None}, "schema", Level.WARNING),
        ({"schema": "9999"}, "schema", Level.ERROR),
        ({"refusal": "attempt to write a readonly database"}, "writable", Level.ERROR),
        ({"settings": {"fsync": "off", "synchronous_commit": "on"}}, "durability", Level.ERROR),
        ({"settings": {"journal_mode": "delete", "synchronous": "full"}}, "durability", Level.WARNING),
        ({"connections": (95, 100)}, "connections", Level.ERROR),
        ({"connections": (5, 100)}, "connections", Level.OK),
        ({"round_trip": 0.2}, "reachable", Level.WARNING),
        ({"offset": 400.0}, "database", Level.ERROR),
    ],
)
async def test_what_is_wrong_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, object], name: str, level: Level
) -> None:
    """With a remedy."""
    url = f"sqlite:///{tmp_path}/palaver.db"
    store = SqlStore(url)
    await store.start()
    await store.close()
    facts = replace(await examine(url), **change)  # type: ignore[arg-type]

    async def changed(_url: str) -> DatabaseFacts:
        return facts

    monkeypatch.setattr(database, "examine", changed)
    found = (await look(url))[name]
    assert found.level is level
    assert bool(found.remedy) == (level is not Level.OK)


async def test_database_out_of_reach_is_told(tmp_path: Path) -> None:
    """A file that is not there yet will be made; a folder will not; a server that is away is named without password."""
    assert (await look(f"sqlite:///{tmp_path}/new.db"))["reachable"].level is Level.WARNING
    assert (await look(f"sqlite:///{tmp_path}/no/new.db"))["reachable"].level is Level.ERROR
    found = (await look("postgresql://palaver:geheim@127.0.0.1:1/chat"))["reachable"]
    assert found.level is Level.ERROR
    assert "127.0.0.1:1/chat" in found.text
    assert "geheim" not in repr(found)
