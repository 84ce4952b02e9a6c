"""What time it is: by the machine's clock, and by the database's, on which all instances agree."""

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta

from palaver_runtime.ports import Clock, Reader, Store

logger = logging.getLogger(__name__)

COMPARE_INTERVAL = 60.0
"""Seconds between two looks at the database's clock."""

_REMARKABLE = timedelta(seconds=1)

_MILLISECOND = 1_000_000
"""In nanoseconds."""


class SystemClock:
    """Tells the time of the machine, or one that is off by `offset`."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self._offset = offset
        # Of the same millisecond the clock is asked dozens of times: several times for each message.
        self._at = -1
        self._now = datetime.fromtimestamp(0, UTC)

    def now(self) -> datetime:
        """Give the present moment: aware, UTC, whole milliseconds."""
        at = time.time_ns() // _MILLISECOND
        if at != self._at:
            # A float holds milliseconds of these centuries to a quarter of a microsecond.
            self._at, self._now = at, _whole(datetime.fromtimestamp(at / 1000, UTC) + self._offset)
        return self._now


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class SharedClock:
    """Tells the time of the database: that of our own clock, and the difference between the two.

    So instances agree to within the time that a question takes, whatever their machines' clocks say. Between two
    looks it goes as our own clock goes.
    """

    def __init__(self, own: Clock, store: Store) -> None:
        self._own = own
        self._store = store
        self._difference = timedelta()
        self._task: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        """Give the present moment: aware, UTC, whole milliseconds."""
        now = self._own.now()
        return now + self._difference if self._difference else now

    async def compare(self) -> None:
        """Look at the database's clock.

        The answer was true at some moment between the question and its arrival. What is known of the difference
        changes by no more than that asks for: where clocks agree it stays, and time does not jitter.
        """

        async def ask(tx: Reader) -> tuple[datetime, datetime, datetime]:
            asked = self._own.now()
            there = await tx.now()
            return asked, there, self._own.now()

        asked, there, answered = await self._store.read(ask)
        before = self._difference
        self._difference = max(there - answered, min(before, there - asked))
        if abs(self._difference - before) >= _REMARKABLE:
            off = self._difference.total_seconds()
            logger.warning("the clock of the database is %+.1f s from that of this machine, and is followed", off)

    async def start(self, interval: float = COMPARE_INTERVAL) -> None:
        """Look now, and every `interval` seconds from now on."""
        await self.compare()
        self._task = asyncio.create_task(self._follow(interval), name="shared clock")

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _follow(self, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            try:
                await self.compare()
            except Exception as error:
                logger.warning("the clock of the database could not be read, and is taken to go on: %s", error)
