"""Counts what is done, over all instances, in Redis and by its clock."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.adapters.redis.breaker import Breaker
from palaver_runtime.adapters.redis.link import Away, Link
from palaver_runtime.adapters.redis.wire import Command, Reply
from palaver_runtime.domain.limits import Rate
from palaver_runtime.fairness import nobodys

logger = logging.getLogger(__name__)

BATCH = 100
"""Uses in one command: Redis serves nobody else meanwhile."""

PATIENCE = 0.005
"""Seconds that somebody waits at most for what others have counted: longer only a Redis takes that is in trouble."""

_PREFIX = "palaver:limits:"
_SECOND = 1_000_000
"""In microseconds."""

# A key holds the times of the uses that count, oldest first. Times that are still to come are those of a Redis whose
# clock was set back: they would otherwise count for as long as that.
_SPEND = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local waits = {}
for index, key in ipairs(KEYS) do
  local count, window, cost = tonumber(ARGV[3 * index - 2]), tonumber(ARGV[3 * index - 1]), tonumber(ARGV[3 * index])
  local oldest = tonumber(redis.call('LINDEX', key, 0))
  while oldest and (oldest <= now - window or oldest > now) do
    redis.call('LPOP', key)
    oldest = tonumber(redis.call('LINDEX', key, 0))
  end
  local over = redis.call('LLEN', key) + cost - count
  if over <= 0 then
    for _ = 1, cost do
      redis.call('RPUSH', key, now)
    end
    redis.call('PEXPIRE', key, window / 1000)
    waits[index] = 0
  else
    waits[index] = (tonumber(redis.call('LINDEX', key, over - 1)) or now) + window - now
  end
end
return waits
"""


@dataclass(frozen=True, slots=True)
class _Use:
    """A use that is to be counted, and where the seconds to wait go: None when Redis does not say."""

    key: bytes
    rate: Rate
    cost: int
    wait: asyncio.Future[float | None]


class RedisLimiter:
    """A moving window for each key, shared by all instances; their clocks do not matter.

    There is one command under way at a time. What is spent meanwhile, or in one turn of the event loop, is counted by
    the next: what comes together then also goes on together, as to the database.

    While Redis is away each instance counts for itself, from nothing. At most one call in `retry` seconds waits
    for it then, `timeout` seconds at most to connect and as long for an answer.
    """

    def __init__(self, url: str, *, timeout: float = 0.5, retry: float = 1.0) -> None:
        self._breaker = Breaker(retry)
        self._memory = MemoryLimiter()
        self._link = Link(url, timeout=timeout)
        self._waiting: list[_Use] = []
        self._under_way: list[_Use] = []
        self._due = False
        self._connecting: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """Whether the counts are those of all instances."""
        return self._breaker.healthy

    async def spend(self, key: str, rate: Rate, cost: int = 1) -> float:
        """Count a use of `key`; give 0.0 when it is within the rate, else the seconds until it would be.

        It counts as `cost` uses, or as many as the rate has.

        A use that is refused is not counted. A key always comes with the same rate.
        """
        if self._breaker.admits():
            name = (_PREFIX + key).encode("utf-8", "surrogatepass")
            use = _Use(name, rate, min(cost, max(1, rate.count)), asyncio.get_running_loop().create_future())
            self._waiting.append(use)
            self._schedule()
            wait = await use.wait
            if wait is not None:
                return wait
        return await self._memory.spend(key, rate, cost)

    async def settled(self) -> None:
        """Wait until what is being counted now is, some milliseconds at most; return at once where nothing is."""
        uses = self._waiting or self._under_way
        if uses:
            await asyncio.wait([uses[-1].wait], timeout=PATIENCE)

    async def close(self) -> None:
        """Disconnect. Nobody is spending any more."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait([self._connecting])
        self._link.close()

    def _schedule(self) -> None:
        """Have counted what waits for that, at the end of this turn or after the command that is under way."""
        if self._waiting and not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        if self._link.connected:
            self._under_way, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            self._link.ask([_counting(self._under_way)], self._answered, self._failed)
        else:
            self._connecting = asyncio.get_running_loop().create_task(self._connect(), context=nobodys())

    async def _connect(self) -> None:
        try:
            await self._link.connect()
        except Exception as error:
            self._failed(error)
        else:
            self._send()

    def _answered(self, replies: Sequence[Reply]) -> None:
        match replies:
            case [list(waits)] if len(waits) == len(self._under_way):
                if not self._breaker.healthy:
                    logger.info("limits are shared by all instances again")
                self._breaker.succeeded()
                under_way, self._under_way = self._under_way, []
                _tell(under_way, [each / _SECOND if isinstance(each, int) else None for each in waits])
                self._due = False
                self._schedule()
            case _:
                self._failed(Away("it answers with something else"))

    def _failed(self, reason: Exception) -> None:
        if self._breaker.healthy:
            logger.warning("limits are those of this instance alone for now: %s", reason)
        self._breaker.failed()
        # Those, too, whose turn it would be: they have waited as long.
        uses = self._under_way + self._waiting
        self._under_way, self._waiting, self._due = [], [], False
        _tell(uses, [None] * len(uses))


def _counting(uses: Sequence[_Use]) -> Command:
    """Give the command that counts some uses, in their order."""
    numbers = [each for use in uses for each in (use.rate.count, use.rate.seconds * _SECOND, use.cost)]
    return ("EVAL", _SPEND, len(uses), *[use.key for use in uses], *numbers)


def _tell(uses: Sequence[_Use], waits: Sequence[float | None]) -> None:
    for use, wait in zip(uses, waits, strict=True):
        # Nobody waits for it any more where a request was cancelled.
        if not use.wait.done():
            use.wait.set_result(wait)
