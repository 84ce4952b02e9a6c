"""What is on its way to Redis: published in order, kept while Redis is away, within a limit."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from palaver_runtime.adapters.redis.backoff import Backoff
from palaver_runtime.adapters.redis.link import Away, Link
from palaver_runtime.adapters.redis.parcel import seal
from palaver_runtime.adapters.redis.wire import Command, Reply

logger = logging.getLogger(__name__)

BATCH_BYTES = 256 * 1024
"""From how many bytes on a batch is full."""
OVERHEAD = 256
"""Bytes that an event takes in memory besides what it is written as."""


class _Waiting:
    """An event, by its number, and the channels on which it is to be published."""

    __slots__ = ("channels", "event", "number", "size")

    def __init__(self, channels: Sequence[bytes], number: int, event: bytes) -> None:
        self.channels: Final = channels
        self.number: Final = number
        self.event: Final = event
        self.size: Final = len(event) + OVERHEAD


class Outbox:
    """Publishes the events of one sender in the order of `put`, with numbers that count them from 1.

    All that was put in one turn of the loop, or during a batch before, leaves in one batch, and those events in one
    parcel that go to the same channels one after the other. A batch whose answer does not come is sent again, so what
    was put before and after stays in order, and some of it arrives twice. When more than `limit` bytes are waiting, the
    oldest are dropped.
    """

    def __init__(self, sender: str, link: Link, *, limit: int, backoff: Backoff) -> None:
        self._sender = sender
        self._link = link
        self._limit = limit
        self._backoff = backoff
        self._queue: deque[_Waiting] = deque()
        self._sending: list[_Waiting] = []
        self._number = 0
        self._size = 0
        # Whether a batch is about to leave, is under way, or waits for a connection.
        self._due = False
        self._failing = False
        self._unconnected = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self.healthy = True
        self.published = 0
        self.dropped = 0

    @property
    def waiting(self) -> int:
        """How many events Redis has not confirmed yet."""
        return len(self._queue) + len(self._sending)

    def put(self, channels: Sequence[bytes], event: bytes) -> None:
        """Publish an event soon. It is without a line break."""
        self._number += 1
        waiting = _Waiting(channels, self._number, event)
        self._queue.append(waiting)
        self._size += waiting.size
        while self._size > self._limit and len(self._queue) > 1:
            self._size -= self._queue.popleft().size
            self.dropped += 1
        self._empty.clear()
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._send)

    async def run(self) -> None:
        """See to the connection by which all is published, until cancelled."""
        try:
            while True:
                await self._unconnected.wait()
                self._unconnected.clear()
                if self._failing:
                    await asyncio.sleep(self._backoff.wait())
                problem: Away | None = None
                try:
                    await self._link.connect()
                except Away as error:
                    problem = error
                if problem is None:
                    self._send()
                else:
                    self._failed(problem)
        finally:
            self._link.close()

    async def drain(self, timeout: float) -> bool:
        """Wait until everything is published, `timeout` seconds at most; tell whether it is. `run` is running."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._empty.wait()
        return self._empty.is_set()

    def _send(self) -> None:
        """Send what Redis has not confirmed, or else the next batch."""
        if not self._sending:
            self._take()
        if not self._sending:
            self._due = False
            self._empty.set()
        elif self._link.connected:
            self._link.ask(self._commands(), self._answered, self._failed)
        else:
            self._unconnected.set()

    def _take(self) -> None:
        size = 0
        while self._queue and size < BATCH_BYTES:
            waiting = self._queue.popleft()
            size += waiting.size
            self._sending.append(waiting)
        self._size -= size

    def _commands(self) -> list[Command]:
        commands: list[Command] = []
        first = self._sending[0]
        events: list[bytes] = []
        for each in self._sending:
            # Those that were dropped are not between them: they were older.
            if each.channels != first.channels:
                commands += self._publishing(first, events)
                first, events = each, []
            events.append(each.event)
        return commands + self._publishing(first, events)

    def _publishing(self, first: _Waiting, events: Sequence[bytes]) -> list[Command]:
        parcel = seal(self._sender, first.number, events)
        return [("PUBLISH", channel, parcel) for channel in first.channels]

    def _answered(self, _: Sequence[Reply]) -> None:
        if not self.healthy:
            logger.info("events are published to Redis again; %d were dropped so far", self.dropped)
        self.healthy = True
        self._failing = False
        self._backoff.reset()
        self.published += len(self._sending)
        self._sending.clear()
        self._send()

    def _failed(self, reason: Exception) -> None:
        if self.healthy:
            logger.warning("events cannot be published to Redis for now: %s", reason)
        self.healthy = False
        self._failing = True
        self._unconnected.set()
