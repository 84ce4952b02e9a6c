"""Counts what is done, over all instances: the moving window of the `limits` library, in Redis."""

import asyncio
import logging
import time
from contextlib import suppress

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.adapters.redis.breaker import Breaker
from palaver_runtime.adapters.redis.link import connection_pool
from palaver_runtime.domain.limits import Rate

logger = logging.getLogger(__name__)


class RedisLimiter:
    """A moving window for each key, shared by all instances; their clocks are to agree.

    While Redis is away each instance counts for itself, from nothing. At most one call in `retry` seconds waits
    for it then, `timeout` seconds at most.
    """

    def __init__(self, url: str, *, timeout: float = 0.5, retry: float = 1.0, connections: int = 4) -> None:
        self._timeout = timeout
        self._breaker = Breaker(retry)
        self._memory = MemoryLimiter()
        self._pool = connection_pool(url, timeout=timeout, connections=connections)
        # The pool knows the address: that of the URL would be taken only without one.
        storage = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix="palaver:limits",
            connection_pool=self._pool,  # type: ignore[arg-type]
        )
        self._windows = MovingWindowRateLimiter(storage)

    @property
    def healthy(self) -> bool:
        """Whether the counts are those of all instances."""
        return self._breaker.healthy

    async def spend(self, key: str, rate: Rate) -> float:
        """Count one use of `key`; give 0.0 when it is within the rate, else the seconds until it would be.

        A use that is refused is not counted. A key always comes with the same rate.
        """
        if not self._breaker.admits():
            return await self._memory.spend(key, rate)
        try:
            async with asyncio.timeout(self._timeout):
                wait = await self._spend(key, rate)
        except (RedisError, OSError) as error:
            if self._breaker.healthy:
                reason = str(error) or "there was no answer in time"
                logger.warning("limits are those of this instance alone for now: %s", reason)
            self._breaker.failed()
            return await self._memory.spend(key, rate)
        if not self._breaker.healthy:
            logger.info("limits are shared by all instances again")
        self._breaker.succeeded()
        return wait

    async def close(self) -> None:
        """Disconnect. Nobody is spending any more."""
        with suppress(RedisError, OSError):
            async with asyncio.timeout(self._timeout):
                await self._pool.disconnect()

    async def _spend(self, key: str, rate: Rate) -> float:
        item = RateLimitItemPerSecond(rate.count, rate.seconds)
        if await self._windows.hit(item, key):
            return 0.0
        window = await self._windows.get_window_stats(item, key)
        # The window may have moved on between the two questions.
        return max(window.reset_time - time.time(), 0.001)
