"""A publisher that remembers."""

import asyncio

from palaver_runtime.domain.events import Event


class Recorder:
    """Keeps what was published, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.heard = True
        self._news = asyncio.Event()

    def publish(self, event: Event) -> None:
        """Remember an event."""
        self.events.append(event)
        self._news.set()

    def take(self) -> list[Event]:
        """Give what was published since the last call."""
        events, self.events = self.events, []
        return events

    async def next(self) -> Event:
        """Wait for the next event and take it."""
        async with asyncio.timeout(30):
            while not self.events:
                self._news.clear()
                await self._news.wait()
        return self.events.pop(0)
