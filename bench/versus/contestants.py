"""Whom we compare: how each is started, what it does for a message, and what it leaves out."""

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import psutil
from sqlalchemy import make_url
from surroundings import SECRET, instance, packages

from versus.building import LIMIT, OURS_COMPILED, build
from versus.crowd import Crowd, imagined, settle
from versus.programs import Instance, StartError, program

PEERS: Final = Path(__file__).parent / "peers"


class Storage(StrEnum):
    """Where messages are before they are acknowledged."""

    NONE = "none"
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True)
class Setting:
    """What a server is started with: URLs of what is there, and a folder that is its own.

    Where storage is none `database_url` is that of a SQLite in memory, for a server that cannot do without.
    """

    crowd: Crowd
    storage: Storage
    database_url: str
    redis_url: str | None
    folder: Path


@dataclass(frozen=True)
class Running:
    """Running instances, and the conversation of each room of the crowd."""

    instances: list[Instance]
    conversations: list[str]


Start = Callable[[Setting, int], AbstractAsyncContextManager[Running]]


@dataclass(frozen=True)
class Contestant:
    """A server. `start` runs so many instances; `storages` and `spreads` say what it can."""

    title: str
    does: str
    leaves_out: str
    start: Start
    storages: frozenset[Storage] = field(default=frozenset({Storage.NONE}))
    spreads: bool = False
    """Whether several instances share their rooms over Redis."""
    spans: bool = False
    """Whether it is for more than one processor, and has all."""


_PLENTY: Final = "1000000000/1s"
_UNLIMITED: Final = {
    "PALAVER_LIMIT_MESSAGES": _PLENTY,
    "PALAVER_LIMIT_REQUESTS": _PLENTY,
    "PALAVER_LIMIT_ADDRESS": _PLENTY,
    "PALAVER_LIMIT_KINDS": "",
    "PALAVER_MAX_ADDRESS_CONNECTIONS": "1000000",
    "PALAVER_MAX_TOTAL_CONNECTIONS": "1000000",
    "PALAVER_MAX_ADDRESS_JOINING": "1000000",
    "PALAVER_HANDSHAKE_SECONDS": "60",
    "PALAVER_MAX_FRAMES": "1000000000",
}
"""Limits are counted as ever, and never met."""


def palaver(python_path: str, *, workers: bool = False) -> Start:
    """Give what starts so many instances of ours, or one of so many workers; a path goes before that to the sources."""

    @asynccontextmanager
    async def start(setting: Setting, instances: int) -> AsyncIterator[Running]:
        conversations = await settle(setting.crowd, setting.database_url)
        env = {"PALAVER_DATABASE_URL": setting.database_url, "PALAVER_JWT_SECRET": SECRET, **_UNLIMITED}
        env["PYTHONPATH"] = python_path
        if setting.redis_url is not None:
            env["PALAVER_REDIS_URL"] = setting.redis_url
        if workers:
            env["PALAVER_WORKERS"] = str(instances)
        async with AsyncExitStack() as stack:
            running = []
            for _ in range(1 if workers else instances):
                try:
                    running.append(await stack.enter_async_context(instance(env)))
                except AssertionError as problem:  # it stands among what the tests use
                    raise StartError(str(problem)) from None
            found = [
                Instance(int(each.url.rpartition(":")[2]), pid)
                for each in running
                for pid in (each.process.pid, *(child.pid for child in psutil.Process(each.process.pid).children()))
            ]
            yield Running(found, conversations)

    return start


@asynccontextmanager
async def _programs(
    setting: Setting, instances: int, *command: str | Path, env: Mapping[str, str] | None = None
) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        running = [await stack.enter_async_context(program(*command, env=env)) for _ in range(instances)]
        yield Running(running, imagined(setting.crowd))


def _node(script: str, *options: str) -> Start:
    @asynccontextmanager
    async def start(setting: Setting, instances: int) -> AsyncIterator[Running]:
        given, env = list(options), {}
        if setting.redis_url is not None:
            given.append(f"--redis={setting.redis_url}")
        if setting.storage is Storage.POSTGRESQL:
            given.append("--postgres")
            url = make_url(setting.database_url)
            env = {"PGHOST": str(url.query["host"]), "PGUSER": url.username or "", "PGDATABASE": url.database or ""}
        try:
            node = await packages(PEERS)
        except RuntimeError as problem:
            raise StartError(str(problem)) from None
        env["NODE_ENV"] = "production"
        async with _programs(setting, instances, node, PEERS / script, *given, env=env) as running:
            yield running

    return start


@asynccontextmanager
async def _stock(setting: Setting, instances: int) -> AsyncIterator[Running]:
    options = []
    if setting.redis_url is not None:
        options.append(f"--redis={setting.redis_url}")
    if setting.storage is not Storage.NONE:
        driver = {Storage.SQLITE: "sqlite+aiosqlite", Storage.POSTGRESQL: "postgresql+asyncpg"}[setting.storage]
        url = make_url(setting.database_url).set(drivername=driver)
        options.append(f"--database={url.render_as_string(hide_password=False)}")
    async with _programs(setting, instances, sys.executable, PEERS / "stock.py", *options) as running:
        yield running


def _limit(*options: str) -> Start:
    @asynccontextmanager
    async def start(setting: Setting, instances: int) -> AsyncIterator[Running]:
        async with _programs(setting, instances, build(LIMIT, setting.folder), *options) as running:
            yield running

    return start


OURS: Final = "palaver"
_CHECKS = "checks two types and a length, numbers messages in memory"
_NOTHING_KEPT = "verifies no token, knows no members, keeps no message, has no order between instances and no limits"
_NO_MEMBERS = "verifies no token, knows no members, has no order between instances and no limits"

CONTESTANTS: Final[Mapping[str, Contestant]] = {
    OURS: Contestant(
        title="palaver serve",
        does=(
            "verifies the token, looks up membership, validates against the documents, counts limits, commits each "
            "message before it is acknowledged, numbers it, and keeps one order over all instances"
        ),
        leaves_out="nothing; where others keep no message, its SQLite lies in memory",
        start=palaver(str(OURS_COMPILED)),
        storages=frozenset(Storage),
        spreads=True,
    ),
    "interpreted": Contestant(
        title="palaver serve, not compiled",
        does="as palaver, whose hot modules are compiled, from the sources alone",
        leaves_out="nothing",
        start=palaver(""),
        storages=frozenset(Storage),
        spreads=True,
    ),
    "node": Contestant(
        title="socket.io 4.8 on Node.js",
        does=f"{_CHECKS}; with PostgreSQL one INSERT each over 20 connections",
        leaves_out=_NOTHING_KEPT,
        start=_node("node.js"),
        storages=frozenset({Storage.NONE, Storage.POSTGRESQL}),
        spreads=True,
    ),
    "node-batch": Contestant(
        title="socket.io 4.8 on Node.js, batching",
        does="as socket.io, and all messages that wait are committed by one INSERT",
        leaves_out=_NO_MEMBERS,
        start=_node("node.js", "--together"),
        storages=frozenset({Storage.POSTGRESQL}),
    ),
    "nest": Contestant(
        title="NestJS 11 on socket.io 4.8",
        does="as socket.io, by a gateway of @nestjs/websockets without pipes, guards and interceptors",
        leaves_out=_NOTHING_KEPT,
        start=_node("nest.js"),
    ),
    "stock": Contestant(
        title="python-socketio on uvicorn, as they come",
        does=f"{_CHECKS}; with a database one SQLAlchemy transaction each",
        leaves_out=_NOTHING_KEPT,
        start=_stock,
        storages=frozenset(Storage),
        spreads=True,
    ),
    "limit": Contestant(
        title="a loop in C, one send() for each frame",
        does="nothing but read frames and write them",
        leaves_out="everything: it does not even parse JSON",
        start=_limit(),
    ),
    "limit-together": Contestant(
        title="a loop in C, frames of a turn in one send()",
        does="nothing but read frames and write them",
        leaves_out="everything: it does not even parse JSON",
        start=_limit("--together"),
    ),
}
