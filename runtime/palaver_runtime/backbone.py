"""What ties instances together: Redis where a URL names one, else the memory of a process that is alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.adapters.memory import MemoryBus, MemoryPresence
from palaver_runtime.domain.events import Event
from palaver_runtime.ports import Bus, Clock, Limiter, Presence


class AttachableBus(Bus, Protocol):
    """A bus, and the one who receives from it."""

    def attach(self, receiver: Callable[[Event], None]) -> None:
        """Say who receives the events: one receiver, before the first subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Whom to call: when something may have been lost, and when users turn out to be gone or back. None may block."""

    recovered: Callable[[], None]
    gone: Callable[[frozenset[str]], None]
    back: Callable[[frozenset[str]], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """What went between instances: events sent, given up, received, and how often the connection was made anew."""

    sent: int = 0
    dropped: int = 0
    received: int = 0
    reconnects: int = 0


class Backbone(Protocol):
    """The ports that instances share."""

    @property
    def bus(self) -> AttachableBus:
        """Events between instances."""

    @property
    def presence(self) -> Presence:
        """Who is connected anywhere."""

    @property
    def limiter(self) -> Limiter:
        """What was done anywhere."""

    @property
    def healthy(self) -> bool:
        """Whether the other instances are reached."""

    @property
    def figures(self) -> Figures:
        """What went between instances so far."""

    def start(self) -> None:
        """Begin to connect."""

    async def close(self) -> None:
        """Disconnect."""


class LoneBackbone:
    """A process without others."""

    healthy = True
    figures = Figures()

    def __init__(self) -> None:
        self.bus = MemoryBus()
        self.presence = MemoryPresence()
        self.limiter = MemoryLimiter()

    def start(self) -> None:
        """Do nothing: there is nobody to connect to."""

    async def close(self) -> None:
        """Do nothing."""


class RedisBackbone:
    """Instances that meet in Redis."""

    def __init__(self, url: str, clock: Clock, calls: Calls) -> None:
        # A process that is alone does not wait for a client that it has no use for.
        from palaver_runtime.adapters.redis.bus import RedisBus
        from palaver_runtime.adapters.redis.limits import RedisLimiter
        from palaver_runtime.adapters.redis.presence import RedisPresence

        self.bus = RedisBus(url, on_recovered=calls.recovered)
        self.presence = RedisPresence(url, clock, on_gone=calls.gone, on_back=calls.back)
        self.limiter = RedisLimiter(url)

    @property
    def healthy(self) -> bool:
        """Whether Redis answers; limits notice only when they are asked, so they do not count."""
        return self.bus.healthy and self.presence.healthy

    @property
    def figures(self) -> Figures:
        """What went between instances so far."""
        figures = self.bus.figures
        return Figures(figures.published, figures.dropped, figures.received, figures.reconnects)

    def start(self) -> None:
        """Begin to connect."""
        self.bus.start()
        self.presence.start()

    async def close(self) -> None:
        """Disconnect."""
        await self.presence.close()
        await self.bus.close()
        await self.limiter.close()


def backbone(url: str | None, clock: Clock, calls: Calls) -> Backbone:
    """Give what a Redis URL asks for; None stands for a process that is alone."""
    return LoneBackbone() if url is None else RedisBackbone(url, clock, calls)
