"""What time it is."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from doubles.clock import ManualClock

from palaver_runtime.adapters.clock import SharedClock, SystemClock
from palaver_runtime.adapters.sql import SqlStore

MINUTES = timedelta(minutes=5)

T = TypeVar("T")


class Database:
    """A database with a clock of its own: each answer takes a while, of which `early` comes after the look at it."""

    def __init__(self, own: ManualClock) -> None:
        self._own = own
        self.time = own.time
        self.takes = timedelta(seconds=1)
        self.early = timedelta(seconds=0.5)
        self.away = False
        self.asked = asyncio.Event()

    async def read(self, work: Callable[["Database"], Awaitable[T]]) -> T:
        """Do some work in a transaction."""
        if self.away:
            self.asked.set()
            raise ConnectionError("it is away")
        return await work(self)

    async def now(self) -> datetime:
        """Tell the time."""
        before, told = self._own.time, self.time + self.takes - self.early
        self._own.time += self.takes
        self.time += self.takes
        assert self._own.time > before
        self.asked.set()
        return told


@pytest.fixture
def own() -> ManualClock:
    """The machine's clock."""
    return ManualClock()


@pytest.fixture
def database(own: ManualClock) -> Database:
    """A database whose clock agrees with the machine's."""
    return Database(own)


@pytest.fixture
def clock(own: ManualClock, database: Database) -> Iterator[SharedClock]:
    """The clock that follows the database."""
    return SharedClock(own, database)  # type: ignore[arg-type]


@pytest.mark.parametrize("offset", [timedelta(), MINUTES, -MINUTES])
def test_time_is_the_machines_in_whole_milliseconds(offset: timedelta) -> None:
    """The clock gives the present in UTC, without a fraction of a millisecond, or as far from it as it is told."""
    before = datetime.now(UTC)
    now = SystemClock(offset).now() - offset
    after = datetime.now(UTC)
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert before - timedelta(milliseconds=1) < now <= after


async def test_clocks_that_agree_are_left_alone(own: ManualClock, database: Database, clock: SharedClock) -> None:
    """However long the database takes to answer, and whenever it looks, time does not jump when there is no need."""
    for early in (0.1, 0.5, 0.9):
        database.early = timedelta(seconds=early)
        await clock.compare()
        assert clock.now() == own.time


@pytest.mark.parametrize("off", [MINUTES, -MINUTES])
async def test_database_is_followed(
    own: ManualClock, database: Database, clock: SharedClock, off: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    """A machine whose clock is off tells the time of the database, to within the time of a question, and says so."""
    database.time += off
    await clock.compare()
    assert abs(clock.now() - database.time) <= database.takes
    assert [each.levelno for each in caplog.records] == [logging.WARNING]
    assert f"{off / MINUTES * 299.5:+.1f} s" in caplog.text
    told = clock.now()
    database.time += timedelta(seconds=3)
    own.advance(seconds=3)
    assert clock.now() == told + timedelta(seconds=3)
    await clock.compare()
    assert len(caplog.records) == 1


async def test_machine_whose_clock_is_set_is_put_right(
    own: ManualClock, database: Database, clock: SharedClock
) -> None:
    """When the machine's clock is moved, the next look makes up for it."""
    await clock.start(0.01)
    own.time += MINUTES
    database.asked.clear()
    await database.asked.wait()
    assert abs(clock.now() - database.time) <= database.takes
    await clock.close()


async def test_time_goes_on_while_the_database_is_away(
    own: ManualClock, database: Database, clock: SharedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a database the difference that is known stays, and is looked at again when there is one."""
    database.time += MINUTES
    await clock.start(0.01)
    told = clock.now() - own.time
    database.away = True
    database.asked.clear()
    await database.asked.wait()
    assert clock.now() - own.time == told
    database.away = False
    database.time += MINUTES
    database.asked.clear()
    await database.asked.wait()
    assert abs(clock.now() - database.time) <= database.takes
    assert "could not be read" in caplog.text
    await clock.close()


async def test_start_needs_the_database(database: Database, clock: SharedClock) -> None:
    """Where the time cannot be had at first, there is none; closing is possible all the same."""
    database.away = True
    with pytest.raises(ConnectionError):
        await clock.start()
    await clock.close()


async def test_real_databases_put_a_clock_right(store: SqlStore) -> None:
    """On either database, a clock that is off by minutes tells the time of one that is not."""
    clock = SharedClock(SystemClock(-MINUTES), store)
    await clock.compare()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
