"""A connection that is held in the hand: what is sent on it is seen, what it hears is said by the test."""

import asyncio
from collections.abc import Callable
from typing import Any

from palaver_client.connections import Listener
from palaver_wire.client import Json, Socket

Answer = Callable[[str, Any], Json]


class Peer:
    """Stands for the servers of all connections; each is `HeldConnection` and is kept in order."""

    def __init__(self) -> None:
        self.connections: list[HeldConnection] = []
        self.opening: list[Exception] = []
        """What the next openings raise."""
        self.answer: Answer | None = None
        """What acknowledges an event."""
        self._news = asyncio.Event()

    def connection(self, url: str, socket: Socket, listener: Listener) -> "HeldConnection":
        """Take the place of the factory of connections."""
        self.connections.append(HeldConnection(self, listener))
        return self.connections[-1]

    def opened(self) -> None:
        """Take note that a connection is being opened."""
        self._news.set()

    async def connection_number(self, number: int) -> "HeldConnection":
        """Wait until so many connections have been opened, and give the last of them."""
        async with asyncio.timeout(30):
            while sum(each.opened for each in self.connections) < number:
                self._news.clear()
                await self._news.wait()
        return self.connections[number - 1]


class HeldConnection:
    """One of them."""

    def __init__(self, peer: Peer, listener: Listener) -> None:
        self._peer = peer
        self.listener = listener
        self.token: str | None = None
        self.sent: list[tuple[str, Json]] = []
        self.opened = False
        self.closed = False
        self._news = asyncio.Event()

    async def open(self, token: str | None) -> None:
        """Be open at once, or raise."""
        self.token = token
        self.opened = True
        self._peer.opened()
        if self._peer.opening:
            raise self._peer.opening.pop(0)

    async def send(self, event: str, value: Json, acknowledged: Callable[[Json], None] | None) -> None:
        """Take an event, and acknowledge it if there is an answer."""
        self.sent.append((event, value))
        self._news.set()
        if acknowledged is not None and self._peer.answer is not None:
            acknowledged(self._peer.answer(event, value))

    async def asked_for(self, event: str) -> None:
        """Wait until an event was sent."""
        async with asyncio.timeout(30):
            while event not in [name for name, _ in self.sent]:
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        """Be closed."""
        self.closed = True

    def say(self, event: str, value: Any) -> None:
        """Let an event come."""
        self.listener.event(event, value)
