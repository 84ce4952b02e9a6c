"""What ties instances together: Redis where a URL names one, else the memory of a process that is alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.adapters.memory import MemoryBus, MemoryPresence
from palaver_runtime.domain.events import Event
from palaver_runtime.metrics import Metrics
from palaver_runtime.ports import Bus, Clock, Limiter, LocalLimiter, Presence


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
    def counts(self) -> LocalLimiter:
        """What was done here; where nobody else is, it is the other one, too."""

    @property
    def healthy(self) -> bool:
        """Whether the other instances are reached."""

    def start(self) -> None:
        """Begin to connect."""

    async def close(self) -> None:
        """Disconnect."""


class LoneBackbone:
    """A process without others."""

    healthy = True

    def __init__(self, metrics: Metrics) -> None:
        self.bus = MemoryBus()
        self.presence = MemoryPresence()
        self.limiter = self.counts = MemoryLimiter()
        metrics.backbone_healthy.watch(lambda: self.healthy)

    def start(self) -> None:
        """Do nothing: there is nobody to connect to."""

    async def close(self) -> None:
        """Do nothing."""


class RedisBackbone:
    """Instances that meet in Redis."""

    def __init__(self, url: str, clock: Clock, calls: Calls, metrics: Metrics) -> None:
        # A process that is alone does not wait for a client that it has no use for.
        from palaver_runtime.adapters.redis.bus import RedisBus
        from palaver_runtime.adapters.redis.limits import RedisLimiter
        from palaver_runtime.adapters.redis.presence import RedisPresence

        self.bus = RedisBus(url, on_recovered=calls.recovered)
        self.presence = RedisPresence(url, clock, on_gone=calls.gone, on_back=calls.back)
        self.limiter = RedisLimiter(url)
        self.counts = MemoryLimiter()
        metrics.backbone_healthy.watch(lambda: self.healthy)
        metrics.backbone_queue.watch(lambda: self.bus.figures.waiting)
        metrics.backbone_sent.watch(lambda: self.bus.figures.published)
        metrics.backbone_dropped.watch(lambda: self.bus.figures.dropped)
        metrics.backbone_received.watch(lambda: self.bus.figures.received)
        metrics.backbone_reconnects.watch(lambda: self.bus.figures.reconnects)

    @property
    def healthy(self) -> bool:
        """Whether Redis answers; limits notice only when they are asked, so they do not count."""
        return self.bus.healthy and self.presence.healthy

    def start(self) -> None:
        """Begin to connect."""
        self.bus.start()
        self.presence.start()

    async def close(self) -> None:
        """Disconnect."""
        await self.presence.close()
        await self.bus.close()
        await self.limiter.close()


def backbone(url: str | None, clock: Clock, calls: Calls, metrics: Metrics) -> Backbone:
    """Give what a Redis URL asks for; None stands for a process that is alone."""
    return LoneBackbone(metrics) if url is None else RedisBackbone(url, clock, calls, metrics)
