"""What stands around the aether dialect in a test: a client's end, and what it can do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from doubles.gateway import PATIENCE, Client

Told: TypeAlias = tuple[str, dict[str, object]]


class Visitor(Client):
    """A client that takes what it hears one by one, so that nothing is passed over."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "aether")

    async def next(self) -> Told:
        """Wait for the next event, whatever it is, and take it."""
        async with asyncio.timeout(PATIENCE):
            while not self.events:
                self._news.clear()
                await self._news.wait()
        return self.events.pop(0)


Ask = Callable[..., Awaitable[None]]
"""How a client sends an event: `ask(client, event, roomId="general")`."""

Arrive = Callable[..., Awaitable[Visitor]]
"""How a user comes: `arrive("alice", "general")` gives a client that is greeted and has entered these rooms."""
