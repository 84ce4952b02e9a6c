"""Databases that are backed up and restored as their makers say."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import asyncpg
from sqlalchemy import URL, make_url

from palaver_conformance.topology.postgres import binaries


class Place(Protocol):
    """A database, on which a server may run."""

    url: str

    async def back_up(self, file: Path) -> None:
        """Write a backup, while the database is used."""

    async def restored(self, file: Path) -> "Place":
        """Make another database of a backup."""

    async def empty(self) -> "Place":
        """Make another database, with nothing in it."""

    async def drop(self) -> None:
        """Remove it."""


class SqlitePlace:
    """A file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / f"{uuid4().hex}.db"
        self.url = f"sqlite:///{self._file}"

    async def back_up(self, file: Path) -> None:
        """Copy page by page by SQLite's own way, which sees one moment whatever is written meanwhile."""
        await asyncio.to_thread(self._copy, file)

    def _copy(self, file: Path) -> None:
        with closing(sqlite3.connect(self._file)) as source, closing(sqlite3.connect(file)) as target:
            source.backup(target)

    async def restored(self, file: Path) -> "SqlitePlace":
        """Put the backup where a server can find it."""
        place = SqlitePlace(self._folder)
        shutil.copyfile(file, place._file)
        return place

    async def empty(self) -> "SqlitePlace":
        """Name a file that is not there."""
        return SqlitePlace(self._folder)

    async def drop(self) -> None:
        """Leave the file to its folder."""


class PostgresqlPlace:
    """A database of a PostgreSQL server, of which a URL names another one."""

    def __init__(self, server: URL) -> None:
        self._server = server.set(drivername="postgresql")
        self._name = f"palaver_drill_{uuid4().hex}"
        self._dsn = self._server.set(database=self._name).render_as_string(hide_password=False)
        self.url = self._server.set(database=self._name).render_as_string(hide_password=False)

    @classmethod
    async def made(cls, server: URL) -> "PostgresqlPlace":
        """Make one on a server."""
        place = cls(server)
        await place._maintain(f'CREATE DATABASE "{place._name}" TEMPLATE template0')
        return place

    async def back_up(self, file: Path) -> None:
        """Let pg_dump do it, which sees one moment."""
        await _done("pg_dump", "--format=custom", "--file", str(file), self._dsn)

    async def restored(self, file: Path) -> "PostgresqlPlace":
        """Let pg_restore do it."""
        place = await self.made(self._server)
        await _done("pg_restore", "--exit-on-error", "--no-owner", "--dbname", place._dsn, str(file))
        return place

    async def empty(self) -> "PostgresqlPlace":
        """Make another one on the same server."""
        return await self.made(self._server)

    async def drop(self) -> None:
        """Remove it, whoever is connected."""
        await self._maintain(f'DROP DATABASE "{self._name}" WITH (FORCE)')

    async def _maintain(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server.render_as_string(hide_password=False))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def postgresql(url: str | URL) -> URL:
    """Give the URL of a server's maintenance database as libpq takes it."""
    return make_url(url).set(drivername="postgresql")


async def _done(program: str, *arguments: str, env: Mapping[str, str] = os.environ) -> None:
    process = await asyncio.create_subprocess_exec(
        str(binaries() / program), *arguments, env=dict(env), stderr=asyncio.subprocess.PIPE
    )
    _, error = await process.communicate()
    assert process.returncode == 0, f"{program}: {error.decode()}"
