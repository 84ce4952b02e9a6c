"""Counts what is done, over all instances, in Redis and by its clock."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.adapters.redis.breaker import Breaker
from palaver_runtime.adapters.redis.link import Away, Link
from palaver_runtime.adapters.redis.wire import Command, Reply
from palaver_runtime.domain.limits import Rate, Use
from palaver_runtime.fairness import nobodys

logger = logging.getLogger(__name__)

BATCH = 100
"""Uses in one command, or a few more: Redis serves nobody else meanwhile."""

PATIENCE = 0.005
"""Seconds that somebody waits at most for what others have counted: longer only a Redis takes that is in trouble."""

_PREFIX = "palaver:limits:"
_SECOND = 1_000_000
"""In microseconds."""

# A key holds the times of the uses that count, oldest first. Times that are still to come are those of a Redis whose
# clock was set back: they would otherwise count for as long as that.
# A use that depends on the one before it is counted only where that was.
_SPEND = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local waits = {}
for index, key in ipairs(KEYS) do
  local at = 4 * index
  local count, window, cost = tonumber(ARGV[at - 3]), tonumber(ARGV[at - 2]), tonumber(ARGV[at - 1])
  if ARGV[at] == '1' and waits[index - 1] ~= 0 then
    waits[index] = -1
  else
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
end
return waits
"""


class _Asked:
    """Uses that are to be counted, and where the seconds to wait go: None when Redis does not say."""

    __slots__ = ("answer", "uses")

    def __init__(self, uses: Sequence[Use], answer: asyncio.Future[list[float] | None]) -> None:
        self.uses: Final = uses
        self.answer: Final = answer


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
        self._waiting: list[_Asked] = []
        self._under_way: list[_Asked] = []
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
        return (await self.spend_all((Use(key, rate, cost),)))[0]

    async def spend_all(self, uses: Sequence[Use]) -> list[float]:
        """Count several uses, each only if those before it are within their rates; give what `spend` does for each.

        After the first that is not, there is nothing more in the list. All are counted in one go.
        """
        if self._breaker.admits():
            asked = _Asked(uses, asyncio.get_running_loop().create_future())
            self._waiting.append(asked)
            self._schedule()
            waits = await asked.answer
            if waits is not None:
                return waits
        return await self._memory.spend_all(uses)

    async def settled(self) -> None:
        """Wait until what is being counted now is, some milliseconds at most; return at once where nothing is."""
        asked = self._waiting or self._under_way
        if asked:
            await asyncio.wait([asked[-1].answer], timeout=PATIENCE)

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
            self._take()
            self._link.ask([_counting(self._under_way)], self._answered, self._failed)
        else:
            self._connecting = asyncio.get_running_loop().create_task(self._connect(), context=nobodys())

    def _take(self) -> None:
        """Take what is counted next; uses that were asked for together stay together."""
        count = taken = 0
        while taken < len(self._waiting) and count < BATCH:
            count += len(self._waiting[taken].uses)
            taken += 1
        self._under_way, self._waiting = self._waiting[:taken], self._waiting[taken:]

    async def _connect(self) -> None:
        try:
            await self._link.connect()
        except Exception as error:
            self._failed(error)
        else:
            self._send()

    def _answered(self, replies: Sequence[Reply]) -> None:
        waits = replies[0] if len(replies) == 1 else None
        if not isinstance(waits, list) or len(waits) != sum([len(each.uses) for each in self._under_way]):
            self._failed(Away("it answers with something else"))
            return
        if not self._breaker.healthy:
            logger.info("limits are shared by all instances again")
        self._breaker.succeeded()
        under_way, self._under_way = self._under_way, []
        start = 0
        for asked in under_way:
            end = start + len(asked.uses)
            _answer(asked, _waits(waits[start:end]))
            start = end
        self._due = False
        self._schedule()

    def _failed(self, reason: Exception) -> None:
        if self._breaker.healthy:
            logger.warning("limits are those of this instance alone for now: %s", reason)
        self._breaker.failed()
        # Those, too, whose turn it would be: they have waited as long.
        all_asked = self._under_way + self._waiting
        self._under_way, self._waiting, self._due = [], [], False
        for asked in all_asked:
            _answer(asked, None)


def _counting(all_asked: Sequence[_Asked]) -> Command:
    """Give the command that counts what was asked for, in its order."""
    keys: list[bytes] = []
    numbers: list[int] = []
    for asked in all_asked:
        depends = 0
        for use in asked.uses:
            rate = use.rate
            keys.append((_PREFIX + use.key).encode("utf-8", "surrogatepass"))
            numbers += (rate.count, rate.seconds * _SECOND, min(use.cost, max(1, rate.count)), depends)
            depends = 1
    return ("EVAL", _SPEND, len(keys), *keys, *numbers)


def _waits(told: Sequence[Reply]) -> list[float] | None:
    """Give the seconds of those uses that were looked at; None where Redis says something else."""
    waits: list[float] = []
    for each in told:
        if not isinstance(each, int):
            return None
        if each >= 0:
            waits.append(each / _SECOND)
    return waits


def _answer(asked: _Asked, waits: list[float] | None) -> None:
    # Nobody waits for it any more where a request was cancelled.
    if not asked.answer.done():
        asked.answer.set_result(waits)
