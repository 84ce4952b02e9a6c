"""What one client is sent: queued for whoever fetches it, or written at once where a channel carries it."""

import asyncio
from collections.abc import Callable
from time import perf_counter

from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.gathering import Pieces
from palaver_runtime.transports.heartbeat import Heartbeat
from palaver_runtime.transports.outbox import Outbox
from palaver_runtime.transports.text_frame import TextFrame


class Sending:
    """Frames for one client, in order, of which `limit` bytes may wait for it.

    `delivered` is told how many seconds after the moment that a frame came with it was sent, and to how many: to one.
    """

    __slots__ = ("_delivered", "_limit", "_news", "_outbox", "channel")

    def __init__(self, limit: int, delivered: Callable[[float, int], None]) -> None:
        self._outbox: Outbox | None = None
        self.channel: Channel | None = None
        self._limit = limit
        self._delivered = delivered
        self._news: asyncio.Event | None = None

    @property
    def outbox(self) -> Outbox:
        """What is queued; nothing is once there is a channel, with which nobody asks for it."""
        if self._outbox is None:
            self._outbox = Outbox(self._limit)
        return self._outbox

    @property
    def news(self) -> asyncio.Event:
        """Set when something was queued, for whoever fetches it; where there is a channel nobody does."""
        if self._news is None:
            self._news = asyncio.Event()
            if self._outbox:
                self._news.set()
        return self._news

    def wake(self) -> None:
        """Have whoever fetches look at what there is."""
        if self._news is not None:
            self._news.set()

    @property
    def pending_bytes(self) -> int:
        """How much waits for the client to read it."""
        if self.channel is not None:
            return self.channel.pending_bytes
        return 0 if self._outbox is None else self._outbox.bytes

    def put(self, frame: TextFrame) -> bool:
        """Send or queue a frame; never blocks. Tell whether what waits is still within the limit."""
        if self.channel is not None:
            return self._write(self.channel, frame.wire)
        within = self.outbox.put(frame)
        self.wake()
        return within

    def put_all(self, pieces: Pieces) -> bool:
        """Do what `put` does with several frames; those that are sent at once are for the caller to count."""
        if self.channel is not None:
            if pieces.at_once:
                return self.channel.send(pieces.wire) <= self._limit
            return self._write(self.channel, pieces.wire)
        within = True
        for frame, since in pieces.frames:
            within = self.outbox.put(frame, since)
        self.wake()
        return within

    def _write(self, channel: Channel, frames: bytes) -> bool:
        """Send frames. Nobody who reads is cut off for how much is said in a turn: that is sent before it is judged."""
        if channel.write(frames) <= self._limit:
            return True
        channel.flush()
        return channel.pending_bytes <= self._limit

    def sent(self, since: float | None) -> None:
        """Take note that a frame that may be sent since then has been."""
        if since is not None:
            self._delivered(perf_counter() - since, 1)

    def go_over(self, channel: Channel) -> None:
        """Send by a channel from now on, and first what is queued."""
        self.channel = channel
        if self._outbox is not None:
            for frame, since in self._outbox.take():
                channel.write(frame.wire)
                self.sent(since)
            self._outbox = None

    def clear(self) -> None:
        """Forget what is queued."""
        if self._outbox is not None:
            self._outbox.clear()

    def hold_until(self, room: asyncio.Future[None], heartbeat: Heartbeat) -> None:
        """Hold back the client of a channel; meanwhile none of its answers is overdue."""
        channel = self.channel
        assert channel is not None, "whoever reads otherwise waits for the room itself"
        channel.hold()
        heartbeat.hold()

        def go_on(_: object) -> None:
            heartbeat.release()
            channel.release()

        room.add_done_callback(go_on)
