"""What an instance listens to in Redis: one connection whose subscriptions follow a set of wanted channels."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from palaver_runtime.adapters.redis.backoff import Backoff
from palaver_runtime.adapters.redis.link import Away, Line
from palaver_runtime.adapters.redis.wire import Command, Reply

logger = logging.getLogger(__name__)

CHUNK = 500
"""Channels in one command: Redis serves nobody else meanwhile."""


class Subscriptions:
    """Keeps the subscriptions in line with what is wanted, over every loss of the connection.

    Redis handles what one connection sends in order. So a ping is sent after each change of subscriptions: its
    answer says that the change is in force. A ping is also sent whenever `ping_interval` has passed. A connection
    on which nothing at all came for two intervals, with two pings under way, is given up, at the third ping at
    the latest. (Two, so that a loop that was held up itself reads first what came meanwhile.)

    `receive` is called with each message's channel and payload, `recovered` once all that is wanted is in force on
    a new connection: what was published before that may have been missed. Neither may raise.
    """

    def __init__(
        self,
        line: Line,
        receive: Callable[[bytes, bytes], None],
        recovered: Callable[[], None],
        *,
        ping_interval: float,
        backoff: Backoff,
    ) -> None:
        self._line = line
        self._receive = receive
        self._recovered = recovered
        self._ping_interval = ping_interval
        self._backoff = backoff
        self._wanted: set[bytes] = set()
        self._requested: set[bytes] = set()
        # Channels whose being wanted has changed since the last look.
        self._changed: set[bytes] = set()
        self._news = asyncio.Event()
        # What waits for the answer to a ping, one entry for each ping that is under way.
        self._pings: deque[list[asyncio.Future[None]]] = deque()
        self._waiting: list[asyncio.Future[None]] = []
        self._heard = 0.0
        self._ended: Exception | None = None
        self._connected = False
        self._complained = False
        self.connections = 0
        self.healthy = False

    def __contains__(self, channel: bytes) -> bool:
        return channel in self._wanted

    def add(self, channel: bytes) -> None:
        """Want a channel."""
        if channel not in self._wanted:
            self._wanted.add(channel)
            self._change(channel)

    def discard(self, channel: bytes) -> None:
        """Want a channel no more."""
        if channel in self._wanted:
            self._wanted.discard(channel)
            self._change(channel)

    async def settled(self) -> None:
        """Wait until what is wanted now is in force. Returns at once while Redis is away: `recovered` will follow."""
        if not self._connected or not (self._changed or self._pings):
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self._news.set()
        await waiting

    async def run(self) -> None:
        """Listen, until cancelled."""
        try:
            while True:
                problem: Away | None = None
                try:
                    await self._listen()
                except Away as error:
                    problem = error
                except Exception:
                    logger.exception("listening to Redis failed")
                self._lose()
                if problem is not None:
                    self._complain(problem)
                await asyncio.sleep(self._backoff.wait())
        finally:
            self._lose()

    def _change(self, channel: bytes) -> None:
        self._changed.add(channel)
        self._news.set()

    async def _listen(self) -> None:
        """Serve one connection until it fails: send what is to change, and pings."""
        self._ended = None
        await self._line.connect(self._hear, self._end)
        loop = asyncio.get_running_loop()
        self._connected = True
        self._requested.clear()
        self._changed = set(self._wanted)
        self._heard = loop.time()
        while True:
            self._require_connection(loop.time())
            self._news.clear()
            self._pings.append(self._waiting)
            self._waiting = []
            self._line.send([*self._changes(), ("PING",)])
            with suppress(TimeoutError):
                async with asyncio.timeout(self._ping_interval):
                    await self._news.wait()

    def _require_connection(self, now: float) -> None:
        """Raise why nothing more will come, if so."""
        if self._ended is not None:
            raise self._ended
        silence = now - self._heard
        if len(self._pings) > 1 and silence >= 2 * self._ping_interval:
            raise Away(f"nothing came for {silence:.1f} s")

    def _end(self, reason: Exception) -> None:
        self._ended = reason
        self._news.set()

    def _changes(self) -> list[Command]:
        subscribe = sorted(each for each in self._changed if each in self._wanted and each not in self._requested)
        unsubscribe = sorted(each for each in self._changed if each not in self._wanted and each in self._requested)
        self._changed.clear()
        self._requested.update(subscribe)
        self._requested.difference_update(unsubscribe)
        return [*_chunks("SUBSCRIBE", subscribe), *_chunks("UNSUBSCRIBE", unsubscribe)]

    def _hear(self, reply: Reply) -> None:
        self._heard = asyncio.get_running_loop().time()
        if not isinstance(reply, list):
            if reply == b"PONG":
                self._answered()
            return
        kind = reply[0] if reply else None
        if kind == b"message" and len(reply) == 3:
            channel, payload = reply[1], reply[2]
            if isinstance(channel, bytes) and isinstance(payload, bytes):
                self._receive(channel, payload)
        elif kind == b"pong":
            self._answered()

    def _answered(self) -> None:
        """Take the answer to the oldest ping: whatever was sent before it is in force."""
        for each in self._pings.popleft():
            _release(each)
        if not self.healthy:
            if self._complained:
                logger.info("events come from Redis again")
            self._complained = False
            self.connections += 1
            self.healthy = True
            self._backoff.reset()
            self._recovered()

    def _complain(self, problem: Away) -> None:
        """Say once that there is no connection, until there is one again."""
        if not self._complained:
            logger.warning("no events come from Redis for now: %s", problem)
        self._complained = True

    def _lose(self) -> None:
        """Close the connection: nothing is in force any more, and nobody is to wait for it."""
        self._line.close()
        self.healthy = self._connected = False
        for each in [*self._waiting, *(waiting for ping in self._pings for waiting in ping)]:
            _release(each)
        self._waiting = []
        self._pings.clear()


def _chunks(command: str, channels: list[bytes]) -> list[Command]:
    return [(command, *channels[start : start + CHUNK]) for start in range(0, len(channels), CHUNK)]


def _release(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
