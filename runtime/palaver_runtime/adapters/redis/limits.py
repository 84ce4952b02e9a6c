"""Counts what is done, over all instances, in Redis and by its clock."""

import asyncio
import logging
from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.adapters.redis.breaker import Breaker
from palaver_runtime.adapters.redis.link import connection_pool
from palaver_runtime.domain.limits import Rate

logger = logging.getLogger(__name__)

_PREFIX = "palaver:limits:"
_SECOND = 1_000_000
"""In microseconds."""

# A key holds the times of the uses that count, oldest first. Times that are still to come are those of a Redis whose
# clock was set back: they would otherwise count for as long as that.
_SPEND = """
local count, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local oldest = tonumber(redis.call('LINDEX', KEYS[1], 0))
while oldest and (oldest <= now - window or oldest > now) do
  redis.call('LPOP', KEYS[1])
  oldest = tonumber(redis.call('LINDEX', KEYS[1], 0))
end
local over = redis.call('LLEN', KEYS[1]) + cost - count
if over <= 0 then
  for _ = 1, cost do
    redis.call('RPUSH', KEYS[1], now)
  end
  redis.call('PEXPIRE', KEYS[1], window / 1000)
  return 0
end
return (tonumber(redis.call('LINDEX', KEYS[1], over - 1)) or now) + window - now
"""


class RedisLimiter:
    """A moving window for each key, shared by all instances; their clocks do not matter.

    While Redis is away each instance counts for itself, from nothing. At most one call in `retry` seconds waits
    for it then, `timeout` seconds at most.
    """

    def __init__(self, url: str, *, timeout: float = 0.5, retry: float = 1.0, connections: int = 4) -> None:
        self._timeout = timeout
        self._breaker = Breaker(retry)
        self._memory = MemoryLimiter()
        self._pool = connection_pool(url, timeout=timeout, connections=connections)
        self._redis = Redis(connection_pool=self._pool)

    @property
    def healthy(self) -> bool:
        """Whether the counts are those of all instances."""
        return self._breaker.healthy

    async def spend(self, key: str, rate: Rate, cost: int = 1) -> float:
        """Count a use of `key`; give 0.0 when it is within the rate, else the seconds until it would be.

        It counts as `cost` uses, or as many as the rate has.

        A use that is refused is not counted. A key always comes with the same rate.
        """
        if not self._breaker.admits():
            return await self._memory.spend(key, rate, cost)
        try:
            async with asyncio.timeout(self._timeout):
                wait = await self._spend(key, rate, cost)
        except (RedisError, OSError) as error:
            if self._breaker.healthy:
                reason = str(error) or "there was no answer in time"
                logger.warning("limits are those of this instance alone for now: %s", reason)
            self._breaker.failed()
            return await self._memory.spend(key, rate, cost)
        if not self._breaker.healthy:
            logger.info("limits are shared by all instances again")
        self._breaker.succeeded()
        return wait

    async def close(self) -> None:
        """Disconnect. Nobody is spending any more."""
        with suppress(RedisError, OSError):
            async with asyncio.timeout(self._timeout):
                await self._pool.disconnect()

    async def _spend(self, key: str, rate: Rate, cost: int) -> float:
        cost = min(cost, max(1, rate.count))
        length = rate.seconds * _SECOND
        wait = await self._redis.eval(_SPEND, 1, _PREFIX + key, str(rate.count), str(length), str(cost))
        return int(wait) / _SECOND
