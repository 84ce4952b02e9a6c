"""What is filled in bulk is what a server would have written."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from doubles.chat import Chat, caller
from scaling.filling import READER, SLEEPER, UNREAD, add_members, add_users, bulk, fill, sizes
from sqlalchemy import text

from palaver_runtime.adapters.sql import SqlStore, migrate


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    return f"sqlite:///{tmp_path}/p.db" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


def test_conversations_are_of_all_sizes() -> None:
    """From the largest down to ten messages, and together as many as wanted."""
    found = sizes(10_000_000, 2_000_000)
    assert found[0] == 2_000_000
    assert 10 <= found[-1] < 20
    assert found == sorted(found, reverse=True)
    assert sum(found) == pytest.approx(10_000_000, rel=0.001)


@asynccontextmanager
async def serving(url: str) -> AsyncIterator[Chat]:
    """Give the services on a database that is there."""
    store = SqlStore(url)
    await store.start()
    try:
        chat = Chat(store)
        yield chat
        await chat.close()
    finally:
        await store.close()


async def test_a_filled_database_is_read_and_written_as_any(store_url: str) -> None:
    """Pages, what is unread and what changed are right, and another message can be sent, after each step."""
    await migrate(store_url)
    before = 0
    for number in (2_000, 5_000):
        talk = await fill(store_url, before, number)
        before = number
        async with serving(store_url) as chat:
            page, more = await chat.messages.history(caller(READER), talk.id, limit=50)
            assert more
            assert [each.id for each in page] == list(talk.last)[-50:]
            assert [each.sequence for each in page] == list(range(talk.sequence - 49, talk.sequence + 1))
            assert (await chat.receipts.unread(caller(READER), talk.id)).unread == UNREAD
            assert (await chat.receipts.unread(caller(SLEEPER), talk.id)).unread == talk.sequence
            middle = talk.marks[len(talk.marks) // 2]
            after, _ = await chat.messages.history(caller(READER), talk.id, after=middle, limit=2)
            assert after[0].created_revision > after[0].sequence > 1
            async with chat.store.reading() as tx:
                changed = await tx.changed(talk.id, since=1, until_sequence=talk.sequence, limit=100)
                position = await tx.position(talk.id)
                indexes = await tx._connection.scalars(text(_INDEXES[tx._connection.dialect.name]))
                assert len(indexes.all()) == 5
            assert position is not None
            assert position.revision == talk.revision == talk.sequence + 1 + len(changed)
            assert (await chat.say(READER, talk.id)).sequence == talk.sequence + 1


_INDEXES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'messages'",
    "postgresql": "SELECT indexname FROM pg_indexes WHERE tablename = 'messages'",
}


async def test_members_come_into_a_conversation_of_a_server_that_runs(store_url: str) -> None:
    """They are there for the server, after those who were there before."""
    await migrate(store_url)
    async with serving(store_url) as chat:
        await chat.people("ann")
        conversation_id = await chat.group("ann")
        async with bulk(store_url) as add:
            await add_users(add, ["bob", "eve"])
            await add_members(add, conversation_id, ["bob", "eve"])
        async with chat.store.reading() as tx:
            found = await tx.conversation(conversation_id)
    assert found is not None
    assert [each.user_id for each in found.participants] == ["ann", "bob", "eve"]
