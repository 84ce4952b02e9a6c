"""What every transport can do, and what it tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from palaver_wire.client import Json


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told: `event` of each event by its name, in order; `ended` once, with the reason; nothing after that."""

    event: Callable[[str, Json], None]
    ended: Callable[[str], None]


class Connection(Protocol):
    """One connection, from its opening to its end. It is not used again."""

    async def open(self, token: str | None) -> None:
        """Connect. Raises `NotConnected`; the time that it takes is the caller's to limit."""

    async def send(self, event: str, value: Json, acknowledged: Callable[[Json], None] | None) -> None:
        """Send an event, or a frame. Raises `ConnectionLost` if the connection has ended."""

    async def close(self) -> None:
        """Close; nothing is told any more."""
