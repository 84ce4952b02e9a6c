"""What is on its way to Redis: published in order by one task, kept while Redis is away, within a limit."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from palaver_runtime.adapters.redis.backoff import Backoff
from palaver_runtime.adapters.redis.link import Away, Link
from palaver_runtime.adapters.redis.wire import Command

logger = logging.getLogger(__name__)

BATCH_BYTES = 256 * 1024
"""From how many bytes on a batch is full."""
OVERHEAD = 256
"""Bytes that a publication takes in memory besides its payload."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A payload and the channels on which it is to be published."""

    channels: tuple[bytes, ...]
    payload: bytes
    size: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", len(self.payload) + OVERHEAD)


class Outbox:
    """Publishes in the order of `put`.

    A batch whose answer does not come is sent again, so what was put before and after stays in order, and some
    of it arrives twice. When more than `limit` bytes are waiting, the oldest are dropped.
    """

    def __init__(self, link: Link, *, limit: int, backoff: Backoff) -> None:
        self._link = link
        self._limit = limit
        self._backoff = backoff
        self._queue: deque[Publication] = deque()
        self._sending: list[Publication] = []
        self._size = 0
        self._news = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self.healthy = True
        self.published = 0
        self.dropped = 0

    @property
    def waiting(self) -> int:
        """How many publications Redis has not confirmed yet."""
        return len(self._queue) + len(self._sending)

    def put(self, channels: Sequence[bytes], payload: bytes) -> None:
        """Publish a payload soon."""
        publication = Publication(tuple(channels), payload)
        self._queue.append(publication)
        self._size += publication.size
        while self._size > self._limit and len(self._queue) > 1:
            self._size -= self._queue.popleft().size
            self.dropped += 1
        self._empty.clear()
        self._news.set()

    async def run(self) -> None:
        """Publish what is put, until cancelled."""
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                while self._queue:
                    self._take()
                    await self._publish()
                self._empty.set()
        finally:
            self._link.close()

    async def drain(self, timeout: float) -> bool:
        """Wait until everything is published, `timeout` seconds at most; tell whether it is. `run` is running."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._empty.wait()
        return self._empty.is_set()

    def _take(self) -> None:
        size = 0
        while self._queue and size < BATCH_BYTES:
            publication = self._queue.popleft()
            size += publication.size
            self._sending.append(publication)
        self._size -= size

    async def _publish(self) -> None:
        """Send what was taken until Redis has confirmed it."""
        commands = [("PUBLISH", channel, each.payload) for each in self._sending for channel in each.channels]
        sent = await self._sent(commands)
        while not sent:
            await asyncio.sleep(self._backoff.wait())
            sent = await self._sent(commands)

    async def _sent(self, commands: Sequence[Command]) -> bool:
        """Send it; tell whether Redis has confirmed it."""
        try:
            await self._link.exchange(commands)
        except Away as error:
            if self.healthy:
                logger.warning("events cannot be published to Redis for now: %s", error)
            self.healthy = False
            return False
        if not self.healthy:
            logger.info("events are published to Redis again; %d were dropped so far", self.dropped)
        self.healthy = True
        self._backoff.reset()
        self.published += len(self._sending)
        self._sending.clear()
        return True
