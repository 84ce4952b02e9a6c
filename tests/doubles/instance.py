"""One instance's end of a Redis bus: what it received, and how often it recovered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from palaver_runtime.adapters.redis.bus import RedisBus
from palaver_runtime.domain.events import Event

WAIT = 30.0
"""Seconds after which a test that waits has failed."""

SOON = {"timeout": 0.2, "ping_interval": 0.1}
"""How a bus notices a Redis that stands still; one that is merely slow is taken for it, on a busy machine."""


class Instance:
    """A bus whose receiver remembers. It is patient, unless a test wants that silence is noticed soon: see SOON."""

    def __init__(self, url: str, **options: float) -> None:
        self.events: list[Event] = []
        self.recoveries = 0
        self._news = asyncio.Event()
        times = {"timeout": 10.0, "ping_interval": 60.0, "backoff": 0.05}
        self.bus = RedisBus(url, on_recovered=self._recovered, **{**times, **options})  # type: ignore[arg-type]
        self.bus.attach(self._receive)

    def _receive(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    def _recovered(self) -> None:
        self.recoveries += 1
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition on this instance; it is looked at often, as not everything makes news."""
        async with asyncio.timeout(WAIT):
            while not condition():
                self._news.clear()
                try:
                    async with asyncio.timeout(0.01):
                        await self._news.wait()
                except TimeoutError:
                    pass

    async def received(self, last: Event) -> list[Event]:
        """Wait for an event; give all that came up to now, and forget them."""
        await self.until(lambda: last in self.events)
        events, self.events = self.events, []
        return events


@asynccontextmanager
async def instances(url: str, count: int, **options: float) -> AsyncIterator[list[Instance]]:
    """Run instances on one Redis, connected; close them at the end."""
    nodes = [Instance(url, **options) for _ in range(count)]
    try:
        for each in nodes:
            each.bus.start()
        for each in nodes:
            await each.until(lambda each=each: each.bus.healthy)  # type: ignore[misc]
        yield nodes
    finally:
        for each in nodes:
            await each.bus.close()
