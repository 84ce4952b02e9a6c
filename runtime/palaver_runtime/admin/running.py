"""Puts together what the commands work with, from the settings of the server alone, and says how it ended."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import TypeVar

import typer

from palaver_runtime.adapters.clock import SharedClock, SystemClock
from palaver_runtime.adapters.memory import MemoryBus
from palaver_runtime.adapters.passwords import Argon2Passwords
from palaver_runtime.adapters.redis.bus import RedisBus
from palaver_runtime.adapters.sql import SqlStore, StoreUnavailable
from palaver_runtime.adapters.sql.store import TRANSACTION_TIMEOUT
from palaver_runtime.delivery.topics import BusPublisher
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.domain.events import Event
from palaver_runtime.invocation import COULD_NOT, NO, fail, sentence
from palaver_runtime.ports import Bus, Clock
from palaver_runtime.services.administration.archive import ArchiveRefused
from palaver_runtime.services.administration.conversations import ConversationAdministration
from palaver_runtime.services.administration.exporting import ExportService
from palaver_runtime.services.administration.importing import ImportService
from palaver_runtime.services.administration.retention import RetentionService
from palaver_runtime.services.administration.sessions import SessionAdministration
from palaver_runtime.services.administration.users import UserAdministration
from palaver_runtime.settings import Settings

TELL_TIMEOUT = 5.0
"""Seconds to try to tell the running instances what was changed."""

ARCHIVE_TIMEOUT = 7 * 86_400.0
"""Seconds that an archive may take, which is read and written in one transaction."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """What those who look after a server may do."""

    users: UserAdministration
    sessions: SessionAdministration
    conversations: ConversationAdministration
    retention: RetentionService
    exporting: ExportService
    importing: ImportService


class _Publisher:
    """Publishes, and knows whether there was anything to tell."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._inner = BusPublisher(bus, clock)
        self.told = False

    @property
    def heard(self) -> bool:
        return self._inner.heard

    def publish(self, event: Event) -> None:
        self.told = True
        self._inner.publish(event)


@asynccontextmanager
async def administration(
    settings: Settings, transaction_timeout: float = TRANSACTION_TIMEOUT
) -> AsyncIterator[Administration]:
    """Open the database of a server, which is to be there and up to date, and tell its instances what is changed.

    They are told by Redis where the settings name one. Without, or when it is away, they find what was changed in the
    database with their next heartbeat; in the latter case standard error says so.
    """
    async with AsyncExitStack() as stack:
        store = SqlStore(settings.database_url, transaction_timeout=transaction_timeout)
        stack.push_async_callback(store.close)
        await store.open()
        clock = SharedClock(SystemClock(timedelta(seconds=settings.clock_offset_seconds)), store)
        await clock.compare()
        redis = None if settings.redis_url is None else RedisBus(settings.redis_url, on_recovered=lambda: None)
        publisher = _Publisher(MemoryBus() if redis is None else redis, clock)
        if redis is not None:
            redis.start()
            stack.push_async_callback(redis.close)
        sessions = SessionAdministration(store, publisher, clock)
        yield Administration(
            users=UserAdministration(store, publisher, clock, Argon2Passwords(), sessions),
            sessions=sessions,
            conversations=ConversationAdministration(store, publisher, clock),
            retention=RetentionService(store, clock),
            exporting=ExportService(store, clock, version("palaver")),
            importing=ImportService(store),
        )
        if redis is not None and publisher.told and not await redis.flush(TELL_TIMEOUT):
            typer.echo(
                "palaver: Redis cannot be reached, so running instances are not told; they find it in the database"
                f" within PALAVER_HEARTBEAT_SECONDS ({settings.heartbeat_seconds:g} s)",
                err=True,
            )


def run(
    settings: Settings,
    work: Callable[[Administration], Awaitable[T]],
    *,
    transaction_timeout: float = TRANSACTION_TIMEOUT,
) -> T:
    """Do some work, and exit with what it means when it cannot be done."""
    # What the adapters log is for those who run a server; here one line says it.
    logging.getLogger("palaver_runtime").setLevel(logging.ERROR)

    async def within() -> T:
        async with administration(settings, transaction_timeout) as admin:
            return await work(admin)

    try:
        return asyncio.run(within())
    except StoreUnavailable as error:
        fail(sentence(error.what, error.remedy), COULD_NOT)
    except ChatError as error:
        fail(sentence(error.message), NO)
    except ArchiveRefused as error:
        fail(sentence(str(error), error.remedy), NO)
