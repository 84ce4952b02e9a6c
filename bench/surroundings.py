"""What the benchmarks run on, as the tests have it: databases, Redis, a server, Node.js; and a server's people."""

import json
import platform
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from servers.node import install
from servers.palaver import Server, scratch, serving
from servers.postgres import server
from servers.redis import RedisServer

from palaver_runtime.adapters.clock import SystemClock
from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.domain.events import Event
from palaver_runtime.domain.values import User
from palaver_runtime.ports import Clock, Publisher
from palaver_runtime.services.conversations import ConversationService
from palaver_runtime.services.typing import TypingService

DATABASES = ("sqlite", "postgresql")
SECRET = "the secret of a benchmark, which keeps none"  # noqa: S105
_TOGETHER = 100


class Nobody:
    """Whom nothing reaches."""

    heard = False

    def publish(self, event: Event) -> None:
        """Drop an event."""


@dataclass(frozen=True)
class People:
    """Users in a store, and the service that makes their conversations."""

    store: SqlStore
    clock: Clock
    publisher: Publisher
    typing: TypingService
    conversations: ConversationService
    users: list[str]


@contextmanager
def database(kind: str) -> Iterator[str]:
    """Give the URL of an empty database that loses nothing when the machine fails."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/bench.db"
    else:
        with server(durable=True) as url:
            yield url.render_as_string(hide_password=False)


@contextmanager
def in_memory() -> Iterator[str]:
    """Give a folder that no disk holds, where there is one with room; it goes with the block."""
    with tempfile.TemporaryDirectory(dir=scratch()) as folder:
        yield folder


@contextmanager
def redis() -> Iterator[str]:
    """Give the URL of an empty Redis."""
    running = RedisServer()
    try:
        running.start()
        yield running.url
    finally:
        running.close()


@asynccontextmanager
async def instance(env: Mapping[str, str]) -> AsyncIterator[Server]:
    """Run `palaver serve`; `env` says with what."""
    async with serving(env=env) as running:
        yield running


async def packages(folder: Path) -> str:
    """Install the packages that a folder has locked, unless that is done; give the path of Node.js.

    Raises RuntimeError with the reason if there is no Node.js, or no way to the packages.
    """
    try:
        return await install(folder)
    except AssertionError as problem:
        raise RuntimeError(str(problem)) from None


@asynccontextmanager
async def people(url: str, number: int) -> AsyncIterator[People]:
    """Prepare a database, with as many users."""
    clock, publisher = SystemClock(), Nobody()
    async with AsyncExitStack() as stack:
        store = SqlStore(url)
        stack.push_async_callback(store.close)
        await store.start()
        users = [f"user {each}" for each in range(number)]
        # A store gives a transaction so much time and no more.
        for first in range(0, number, _TOGETHER):
            async with store.writing() as tx:
                for user_id in users[first : first + _TOGETHER]:
                    await tx.add_user(User(id=user_id, created_at=clock.now()))
        typing = TypingService(store, publisher, clock)
        conversations = ConversationService(store, publisher, clock, typing)
        yield People(store, clock, publisher, typing, conversations, users)


def write(path: Path, report: Mapping[str, object]) -> None:
    """Write figures as JSON, with what they were measured on."""
    path.write_text(json.dumps({"python": platform.python_version(), **report}, indent=2) + "\n")
