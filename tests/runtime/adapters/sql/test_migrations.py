"""The migrations, and what they make together."""

from collections.abc import Callable

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from palaver_runtime.adapters.sql import SqlStore, migrate
from palaver_runtime.adapters.sql.database import database
from palaver_runtime.adapters.sql.migrating import configuration
from palaver_runtime.adapters.sql.tables import metadata
from palaver_runtime.domain.values import MessageKind


def difference(connection: Connection) -> list[object]:
    """Give what Alembic would have to change to make the database as the tables are declared."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_migrations_make_what_is_declared(store: SqlStore) -> None:
    """A migrated database has exactly the declared tables, columns, indexes and constraints."""
    async with store.reading() as tx:
        assert await tx._connection.run_sync(difference) == []


async def test_migrations_run_in_the_transaction_of_the_caller(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """env.py uses the connection that it is given and opens none of its own."""
    monkeypatch.setattr("sqlalchemy.engine_from_config", None)
    monkeypatch.setattr("sqlalchemy.create_engine", None)
    await migrate(empty_url)
    store = SqlStore(empty_url)
    await store.open()
    async with store.reading() as tx:
        assert await tx.user("nobody") is None
    await store.close()


OLDER = """
INSERT INTO users (id, created_at) VALUES ('ann', 1), ('bob', 1), ('eve', 1);
INSERT INTO conversations (id, type, metadata, created_by, created_at, updated_at, active_at, revision, sequence)
    VALUES ('c1', 'group', '{}', 'ann', 1, 1, 1, 6, 1), ('c2', 'group', '{}', 'ann', 1, 1, 1, 2, 0);
INSERT INTO participants (conversation_id, user_id, role, joined_at, ordinal, read_sequence)
    VALUES ('c1', 'ann', 'owner', 1, 0, 1), ('c1', 'bob', 'member', 2, 1, 0), ('c1', 'eve', 'member', 3, 2, 0),
           ('c2', 'ann', 'owner', 1, 0, 0), ('c2', 'eve', 'member', 1, 1, 0);
INSERT INTO messages (id, conversation_id, sender_id, content, attachments, metadata, sequence, created_revision,
                      revision, edited, created_at, updated_at)
    VALUES ('m1', 'c1', 'ann', 'hello', '[]', '{}', 1, 2, 2, false, 5, 5);
INSERT INTO changes (conversation_id, revision, kind, user_id, at)
    VALUES ('c1', 1, 'conversation.created', NULL, 1), ('c1', 3, 'participant.added', 'bob', 2),
           ('c1', 4, 'participant.removed', 'bob', 2), ('c1', 5, 'participant.added', 'bob', 2),
           ('c1', 6, 'participant.added', 'eve', 3),
           ('c2', 1, 'conversation.created', NULL, 1), ('c2', 2, 'participant.removed', 'bob', 1);
"""


async def contents(connection: AsyncConnection) -> dict[str, list[tuple[object, ...]]]:
    """Give all rows of all tables of version 0001, the columns by name."""
    found = {}
    for table in ("users", "sessions", "refresh_tokens", "conversations", "participants", "messages", "changes"):
        rows = await connection.execute(text(f"SELECT * FROM {table}"))
        found[table] = sorted(tuple(sorted(row.items(), key=str)) for row in rows.mappings())
    return found


async def test_older_database_keeps_what_it_holds(empty_url: str) -> None:
    """A database of the first version goes up, down and up again with all its rows.

    Who was added joined with the revision of the latest addition, everybody else with the first. Conversations are
    private and messages text, as there was nothing else.
    """
    chosen = database(empty_url, pool_size=1, connect_timeout=10)

    async def move(direction: Callable[[Config, str], None], revision: str) -> None:
        async with chosen.writers.begin() as connection:
            await connection.run_sync(lambda synchronous: direction(configuration(synchronous), revision))

    joined = text("SELECT conversation_id, user_id, joined_revision FROM participants ORDER BY 1, 2")
    try:
        await chosen.prepare()
        await move(command.upgrade, "0001")
        async with chosen.writers.begin() as connection:
            for statement in OLDER.split(";")[:-1]:
                await connection.execute(text(statement))
            before = await contents(connection)
        for _ in range(2):
            await move(command.upgrade, "head")
            async with chosen.readers.connect() as connection:
                assert (await connection.execute(joined)).all() == [
                    ("c1", "ann", 1),
                    ("c1", "bob", 5),
                    ("c1", "eve", 6),
                    ("c2", "ann", 1),
                    ("c2", "eve", 1),
                ]
                assert (await connection.execute(text("SELECT id, kind FROM messages"))).all() == [("m1", "text")]
                private = text("SELECT count(*) FROM conversations WHERE NOT public")
                assert await connection.scalar(private) == 2
                assert await connection.run_sync(difference) == []
            await move(command.downgrade, "0002")
            async with chosen.readers.connect() as connection:
                assert (await connection.execute(joined)).all()[1] == ("c1", "bob", 5)
            await move(command.downgrade, "0001")
            async with chosen.readers.connect() as connection:
                assert await contents(connection) == before
        await move(command.downgrade, "base")
        async with chosen.readers.connect() as connection:
            left = await connection.run_sync(lambda synchronous: inspect(synchronous).get_table_names())
        assert left == ["alembic_version"]
    finally:
        await chosen.close()


async def test_instance_of_the_version_before_can_still_write(store: SqlStore) -> None:
    """While instances are replaced one by one, an INSERT that does not know a new column works, and is understood."""
    async with store.writing() as tx:
        for statement in OLDER.split(";")[:4]:
            await tx._connection.execute(text(statement))
        assert {each.joined_revision for each in await tx.standings(["ann"])} == {1}
        conversation, message = await tx.conversation("c1"), await tx.message("m1")
        assert conversation is not None
        assert message is not None
        assert (conversation.public, message.kind) == (False, MessageKind.TEXT)
