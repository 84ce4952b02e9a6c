"""The pages about what is stored: every command works on a database in which two people have talked."""

import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest
from doubles.clone import ROOT
from doubles.tutorial import Reader
from servers.inside import inside
from sqlalchemy import make_url

from palaver_conformance.topology.postgres import binaries

HOWTO = ROOT / "docs" / "howto"
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Talked:
    """A folder with a database, and what is in it: alice's sessions, and conversations of alice and bob."""

    folder: Path
    sessions: tuple[str, ...]
    conversations: tuple[str, ...]


@pytest.fixture
async def talked(tmp_path: Path) -> AsyncIterator[Talked]:
    """A database of a server that goes on."""
    async with (
        inside("gateway", database_url=f"sqlite:///{tmp_path}/palaver.db") as served,
        httpx.AsyncClient(base_url=served["gateway"].url, trust_env=False) as client,
    ):
        people = {}
        for name in ("alice", "bob"):
            answer = await client.post("/auth/register", json={"username": name, "password": PASSWORD})
            people[name] = answer.json()
        head = {"Authorization": f"Bearer {people['alice']['accessToken']}"}
        conversations = []
        for name in ("Plans", "Lunch"):
            made = {"type": "group", "name": name, "participantIds": [people["bob"]["user"]["id"]]}
            conversations.append((await client.post("/conversations", json=made, headers=head)).json()["id"])
            messages = f"/conversations/{conversations[-1]}/messages"
            said = await client.post(messages, json={"content": "x"}, headers=head)
            assert said.status_code == 201
        with closing(sqlite3.connect(tmp_path / "palaver.db")) as database:
            (session,) = database.execute(
                "select id from sessions where user_id = ?", (people["alice"]["user"]["id"],)
            ).fetchall()
        yield Talked(tmp_path, session, tuple(conversations))


def counted(database: Path, table: str = "messages") -> int:
    """Count the rows of a table."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(f"select count(*) from {table}").fetchone()[0])


async def test_looking_after_a_server(talked: Talked) -> None:
    """docs/howto/look-after-a-server.md: each command does what it says beside a server that runs."""

    def adapted(command: str, _: str) -> str:
        # Nobody sits at this terminal who can be asked.
        if " users create " in command:
            return f"{command} --generate"
        return f"{command} --yes" if " delete " in command or command.endswith("--all") else command

    shown, deleted = talked.conversations
    stand_ins = {
        "SESSION...": talked.sessions[0],
        "show CONVERSATION": f"show {shown}",
        "delete CONVERSATION": f"delete {deleted}",
    }
    async with Reader(talked.folder, adapted=adapted, stand_ins=stand_ins) as reader:
        done = await reader.follow((HOWTO / "look-after-a-server.md").read_text())
        said = reader.terminal.printed
    # A server for development has things to be warned of.
    assert [command for command, code in done if code != 0 and "--strict" not in command] == [], said
    assert len(done) == 17
    database = talked.folder / "palaver.db"
    assert counted(database, "messages") == 1
    assert counted(database, "sessions where ended_at is null") == 0
    assert counted(database, "users where name is not null") == 2


async def test_backing_up_and_restoring(talked: Talked, postgres_url: str) -> None:
    """docs/howto/back-up-and-restore.md: each of the ways keeps all messages, and the archive moves them."""
    server = make_url(postgres_url).set(drivername="postgresql")
    names = {purpose: f"{server.database}_{purpose}" for purpose in ("restored", "moved")}
    urls = {name: server.set(database=each).render_as_string(hide_password=False) for name, each in names.items()}
    dumped = server.render_as_string(hide_password=False)
    maintenance = await asyncpg.connect(dumped)
    stand_ins = {
        "backup.dump postgresql://palaver@db/palaver": f"backup.dump '{dumped}'",
        "PALAVER_DATABASE_URL=postgresql://palaver@db/palaver": f"PALAVER_DATABASE_URL='{urls['moved']}'",
        "palaver_restored": names["restored"],
    }
    # What a machine that has a PostgreSQL says to its programs.
    variables = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{binaries()}{os.pathsep}{os.environ['PATH']}"}
    asked = {"PGHOST": server.query.get("host", server.host), "PGPORT": server.port, "PGUSER": server.username}
    variables |= {name: str(value) for name, value in asked.items() if value is not None}
    try:
        await maintenance.execute(f'CREATE DATABASE "{names["moved"]}" TEMPLATE template0')
        async with Reader(talked.folder, stand_ins=stand_ins, variables=variables) as reader:
            for command in ("palaver export first.jsonl", f"palaver migrate --database-url '{dumped}'"):
                assert (await reader.terminal.type(command))[0] == 0
            assert (await reader.terminal.type(f"palaver import first.jsonl --database-url '{dumped}'"))[0] == 0
            done = await reader.follow((HOWTO / "back-up-and-restore.md").read_text())
            assert [code for _, code in done] == [0] * 10, reader.terminal.printed
        for url in urls.values():
            restored = await asyncpg.connect(url)
            try:
                assert await restored.fetchval("select count(*) from messages") == 2
            finally:
                await restored.close()
        assert counted(talked.folder / "backup.db") == 2
        assert (talked.folder / "alice.jsonl").read_text().count('"content":"x"') == 2
    finally:
        for name in names.values():
            await maintenance.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await maintenance.close()


async def test_going_back(tmp_path: Path) -> None:
    """docs/howto/upgrade.md: the later version makes the database that of the earlier one."""
    async with Reader(tmp_path, adapted=lambda command, _: f"{command} --yes") as reader:
        assert (await reader.terminal.type("palaver migrate"))[0] == 0
        assert await reader.follow((HOWTO / "upgrade.md").read_text()) == [("palaver migrate --to 0004", 0)]
    with closing(sqlite3.connect(tmp_path / "palaver.db")) as database:
        assert database.execute("select version_num from alembic_version").fetchall() == [("0004",)]
