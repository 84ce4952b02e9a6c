"""The bus between instances: Redis publish and subscribe, with a channel for each topic."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from palaver_runtime.adapters.redis.backoff import Backoff
from palaver_runtime.adapters.redis.codec import Unreadable, decode, encode
from palaver_runtime.adapters.redis.link import Line, Link, database_of
from palaver_runtime.adapters.redis.outbox import Outbox
from palaver_runtime.adapters.redis.parcel import Numbers, unseal
from palaver_runtime.adapters.redis.subscriptions import Subscriptions
from palaver_runtime.domain.events import Event

logger = logging.getLogger(__name__)

DRAIN_TIMEOUT = 0.5
"""Seconds that closing waits for the last events to be published."""


@dataclass(frozen=True, slots=True)
class BusFigures:
    """What went over the bus since the start.

    `waiting`, `published` and `dropped` are events of this instance: to be confirmed by Redis, confirmed, and lost to a
    full queue. `received` are those of other instances that were handed over, `unreadable` those that were not,
    `reconnects` counts the connections after the first one to listen.
    """

    waiting: int
    published: int
    dropped: int
    received: int
    unreadable: int
    reconnects: int


class RedisBus:
    """Hands an event over here at once, and sends it to every instance that is interested.

    Nothing waits for Redis. While it is away, events are kept up to a limit and others' are missed: `on_recovered`
    is called when nothing is missed any more, and what was is then to be read from the store. Signals that were
    missed are gone. It is called for the first connection too.

    Redis publishes without regard to databases, so the channels bear the number of the URL's.
    """

    def __init__(
        self,
        url: str,
        *,
        on_recovered: Callable[[], None],
        timeout: float = 1.0,
        ping_interval: float = 0.75,
        backoff: float = 1.0,
        queue_bytes: int = 16 * 1024 * 1024,
    ) -> None:
        self._prefix = f"palaver:{database_of(url)}:"
        self._on_recovered = on_recovered
        self._sender = secrets.token_hex(8)
        self._numbers = Numbers()
        self._receiver: Callable[[Event], None] | None = None
        self._received = self._unreadable = 0
        self._outbox = Outbox(self._sender, Link(url, timeout=timeout), limit=queue_bytes, backoff=Backoff(backoff))
        self._subscriptions = Subscriptions(
            Line(url, timeout=timeout),
            self._receive,
            self._recover,
            ping_interval=ping_interval,
            backoff=Backoff(backoff),
        )
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def healthy(self) -> bool:
        """Whether events go to and come from other instances."""
        running = bool(self._tasks) and not any(each.done() for each in self._tasks)
        return running and self._outbox.healthy and self._subscriptions.healthy

    @property
    def figures(self) -> BusFigures:
        """What went over the bus so far."""
        return BusFigures(
            waiting=self._outbox.waiting,
            published=self._outbox.published,
            dropped=self._outbox.dropped,
            received=self._received,
            unreadable=self._unreadable,
            reconnects=max(0, self._subscriptions.connections - 1),
        )

    def attach(self, receiver: Callable[[Event], None]) -> None:
        """Say who receives the events: one receiver, before the first subscription."""
        if self._receiver is not None:
            raise RuntimeError("the bus has a receiver already")
        self._receiver = receiver

    def start(self) -> None:
        """Begin to connect, in the background: Redis may come later."""
        if self._tasks:
            raise RuntimeError("the bus is started already")
        for name, run in (("publish", self._outbox.run()), ("listen", self._subscriptions.run())):
            task = asyncio.create_task(run, name=f"redis bus: {name}")
            task.add_done_callback(_tell_failure)
            self._tasks.append(task)

    async def flush(self, timeout: float) -> bool:
        """Wait until everything is published, `timeout` seconds at most; tell whether it is."""
        return await self._outbox.drain(timeout)

    async def close(self) -> None:
        """Publish what can be published at once, and disconnect."""
        if self._outbox.healthy and self._tasks:
            await self._outbox.drain(DRAIN_TIMEOUT)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def publish(self, topics: Sequence[str], event: Event) -> None:
        """Send an event to whoever subscribes to any of the topics, this instance first. Never blocks."""
        channels = [self._channel(each) for each in dict.fromkeys(topics)]
        # It leaves for the others before our own connections are written to, which takes longer.
        if channels:
            self._send(channels, event)
        for each in channels:
            if each in self._subscriptions:
                self._hand_over(event)
                return

    def subscribe(self, topic: str) -> None:
        """Receive the topic's events from now on, those of other instances when it is `settled`."""
        self._subscriptions.add(self._channel(topic))

    def unsubscribe(self, topic: str) -> None:
        """Stop receiving the topic's events."""
        self._subscriptions.discard(self._channel(topic))

    @property
    def unheard(self) -> None:
        """Nobody knows: others publish, too."""

    @property
    def heard(self) -> bool:
        """Say yes: on another instance somebody may be."""
        return True

    async def settled(self) -> None:
        """Wait until no event of what is subscribed to now is missed, wherever it is published.

        What is read from the store afterwards joins without a gap what is received. While Redis is away this
        returns at once, as `on_recovered` will be called.
        """
        await self._subscriptions.settled()

    def _send(self, channels: Sequence[bytes], event: Event) -> None:
        try:
            content = encode(event)
        except Exception:
            logger.exception("an event cannot be written, and other instances do not get it")
            return
        self._outbox.put(channels, content)

    def _channel(self, topic: str) -> bytes:
        # A topic may name a user by half of a surrogate pair: names come from foreign tokens.
        return f"{self._prefix}{topic}".encode("utf-8", "surrogatepass")

    def _receive(self, channel: bytes, payload: bytes) -> None:
        if channel not in self._subscriptions:
            # Wanted no more, and on its way nevertheless.
            return
        try:
            parcel = unseal(payload)
        except ValueError:
            self._unreadable += 1
            logger.warning("what was published on a channel of ours is no event, and ignored")
            return
        if parcel.sender == self._sender:
            return
        for number, content in enumerate(parcel.events, parcel.number):
            if self._numbers.is_new(parcel.sender, number):
                self._read(content)

    def _read(self, content: bytes) -> None:
        try:
            event = decode(content)
        except Unreadable as problem:
            self._unreadable += 1
            logger.warning("an event of another instance is ignored: %s", problem)
        else:
            self._received += 1
            self._hand_over(event)

    def _hand_over(self, event: Event) -> None:
        if self._receiver is None:
            return
        try:
            self._receiver(event)
        except Exception:
            logger.exception("an event could not be delivered")

    def _recover(self) -> None:
        try:
            self._on_recovered()
        except Exception:
            logger.exception("catching up with the other instances failed")


def _tell_failure(task: asyncio.Task[None]) -> None:
    """Let nobody wonder why a bus is silent: its tasks end by being cancelled alone."""
    if not task.cancelled() and task.exception() is not None:
        logger.error("%s has failed", task.get_name(), exc_info=task.exception())
