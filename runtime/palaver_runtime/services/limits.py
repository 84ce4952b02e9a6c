"""Which rates hold for whom."""

from dataclasses import dataclass

from palaver_runtime.domain.errors import RateLimited
from palaver_runtime.domain.limits import Rate
from palaver_runtime.metrics import Metrics
from palaver_runtime.ports import Limiter


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of a server: messages and requests of any kind by user, sign-in attempts by name."""

    messages: Rate
    requests: Rate
    sign_ins: Rate


class Limits:
    """Counts what people do and refuses what is too much, over all of a user's connections."""

    def __init__(self, limiter: Limiter, rates: Rates, metrics: Metrics | None = None) -> None:
        self._limiter = limiter
        self._rates = rates
        self._metrics = metrics or Metrics()

    async def message(self, user_id: str) -> None:
        """Count a message; raise RateLimited for one too many."""
        await self._spend(f"message:{user_id}", self._rates.messages, "messages")

    async def request(self, user_id: str) -> None:
        """Count an event or a request of any kind; raise RateLimited for one too many."""
        await self._spend(f"request:{user_id}", self._rates.requests, "requests")

    async def sign_in(self, name: str) -> None:
        """Count an attempt to sign in; raise RateLimited for one too many."""
        await self._spend(f"sign-in:{name.lower()}", self._rates.sign_ins, "sign_ins", "attempts")

    async def _spend(self, key: str, rate: Rate, limit: str, what: str | None = None) -> None:
        wait = await self._limiter.spend(key, rate)
        if wait > 0:
            self._metrics.refusals.add(limit)
            raise RateLimited(f"Too many {what or limit}: at most {rate.count} in {rate.seconds} s", wait)
