"""What the commands change is told to the instances that run."""

import asyncio
from pathlib import Path

import pytest
import typer
from doubles.chat import Chat

from palaver_runtime.adapters.redis.bus import RedisBus
from palaver_runtime.adapters.sql import SqlStore, migrate
from palaver_runtime.admin.running import administration, run
from palaver_runtime.domain.events import Event, SessionEnded
from palaver_runtime.settings import Settings


async def test_change_is_published(tmp_path: Path, redis_url: str) -> None:
    """An instance that listens hears of an ended session when the command is done."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/palaver.db", redis_url=redis_url)
    await migrate(settings.database_url)
    store = SqlStore(settings.database_url)
    chat = Chat(store)
    chat.clock.advance(seconds=400 * 86_400)
    user = (await chat.accounts.register("alice", "correct horse battery", None)).user
    heard: asyncio.Queue[Event] = asyncio.Queue()
    recovered = asyncio.Event()
    bus = RedisBus(redis_url, on_recovered=recovered.set)
    bus.attach(heard.put_nowait)
    bus.subscribe(f"user:{user.id}")
    bus.start()
    try:
        await asyncio.wait_for(recovered.wait(), 30)
        async with administration(settings) as admin:
            assert await admin.sessions.revoke_all(user.id) == 1
        event = await asyncio.wait_for(heard.get(), 30)
        assert isinstance(event, SessionEnded)
        assert event.user_id == user.id
    finally:
        await bus.close()
        await chat.close()
        await store.close()


def test_database_of_another_schema_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier one is not migrated by the way: servers may run on it. The remedy is told."""

    async def nothing(_admin: object) -> None:
        raise AssertionError("nothing is done")

    settings = Settings(database_url=f"sqlite:///{tmp_path}/palaver.db")
    asyncio.run(migrate(settings.database_url))
    monkeypatch.setattr("palaver_runtime.adapters.sql.schema.REVISIONS", ("0001", "0005", "0006"))
    with pytest.raises(typer.Exit) as exit_:
        run(settings, nothing)
    assert exit_.value.exit_code == 3
    said = capsys.readouterr().err
    assert "the schema 0005 instead of 0006" in said
    assert "palaver migrate" in said
