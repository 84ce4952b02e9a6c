"""One accepted websocket: its frames in both directions, its heartbeat, and its end."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Final, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from palaver_runtime.fairness import metered
from palaver_runtime.metrics import Meter
from palaver_runtime.transports import CHANNEL_EXTENSION, reasons
from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.channel import Receiver as Attached
from palaver_runtime.transports.gathering import Carrier, Gathering, Pieces
from palaver_runtime.transports.heartbeat import Heartbeat, Pulse
from palaver_runtime.transports.rfc6455.closing import INTERNAL_ERROR, POLICY_VIOLATION, SERVICE_RESTART
from palaver_runtime.transports.sending import Sending
from palaver_runtime.transports.text_frame import TextFrame
from palaver_runtime.transports.turns import Wait
from palaver_runtime.transports.websocket.limits import WebSocketLimits

logger = logging.getLogger(__name__)

_CODES: Final = {reasons.SERVER_SHUTDOWN: SERVICE_RESTART, reasons.FAILED: INTERNAL_ERROR}


class Receiver(Protocol):
    """Takes what one websocket receives."""

    def frame(self, data: str | bytes) -> Wait:
        """Take a frame; return what to wait for before the next one."""
        ...

    def ended(self, reason: str, *, by_server: bool) -> None:
        """Told exactly once, when nothing more can be sent."""
        ...


def _nothing() -> None:
    pass


class _State(Enum):
    OPEN = auto()
    FINISHING = auto()  # what is queued is still sent, nothing is received or queued any more
    CLOSED = auto()


class ClientSocket:
    """A websocket that is bounded, ordered, and ends in one place.

    Our listener gives the frames over as they arrive. Another one carries them by the messages of ASGI: there is no
    heartbeat then, and who does not read is given up, not cut off.
    """

    def __init__(
        self,
        name: str,
        websocket: WebSocket,
        limits: WebSocketLimits,
        close_code: Callable[[str], int] | None = None,
        meter: Meter | None = None,
        gathering: Gathering | None = None,
        pulse: Pulse | None = None,
    ) -> None:
        """`close_code` gives the close code for the code of an error."""
        extensions = websocket.scope.get("extensions") or {}
        self.name = name
        #: Called once, when there is nothing more to do; set by the transport.
        self.leave: Callable[[], None] = _nothing
        #: Set when there is nothing more to do.
        self.gone = asyncio.Event()
        self._websocket = websocket
        self._limits = limits
        self._close_code = close_code
        self._meter = meter or Meter()
        self._gathering = gathering or Gathering(self._meter.delivered)
        self._attach: Callable[[Attached], None] | None = extensions.get(CHANNEL_EXTENSION, {}).get("attach")
        self._receiver: Receiver
        self._state = _State.OPEN
        self._sending = Sending(limits.max_pending_bytes, self._gathering.delivered)
        pulse = pulse or Pulse(limits.ping_interval, limits.ping_timeout)
        self._heartbeat = Heartbeat(pulse, self)
        self._deadline: asyncio.TimerHandle | None = None
        self._farewell = (POLICY_VIOLATION, "")
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    # -- for the session above --

    @property
    def pending_bytes(self) -> int:
        """How much waits for the client to read it."""
        return self._sending.pending_bytes

    def enqueue(self, frame: TextFrame) -> None:
        """Send or queue a frame; never blocks. A client that does not read what waits for it is cut off."""
        self._gathering.precede(self)
        if self._state is _State.OPEN and not self._sending.put(frame):
            self._cut_off()

    def enqueue_all(self, pieces: Pieces) -> bool:
        """Send or queue what was gathered, as `enqueue` does; tell whether it is sent."""
        if self._state is not _State.OPEN:
            return False
        if not self._sending.put_all(pieces):
            self._cut_off()
        return self.is_attached

    def share(self, carriers: Sequence[Carrier], frame: TextFrame, since: float | None = None) -> None:
        """Send a frame to all of these, who are all of one transport, this one among them.

        `since` is the moment of perf_counter() since when they may have it.
        """
        self._gathering.put(carriers, frame, since)

    def finish(self, reason: str, error: str | None = None) -> None:
        """Send what is queued, then close; whoever does not read it within the drain timeout is cut off."""
        self._gathering.precede(self)
        if self._state is not _State.OPEN:
            return
        self._state = _State.FINISHING
        code = _CODES.get(reason, POLICY_VIOLATION)
        if error is not None and self._close_code is not None:
            code = self._close_code(error)
        self._farewell = (code, reason)
        self._heartbeat.stop()
        self._deadline = asyncio.get_running_loop().call_later(self._limits.drain_timeout, self.abort, reason)
        self._sending.news.set()
        if self._sending.channel is not None:
            self._sending.channel.close(*self._farewell)
        self._meter.closed(reason)
        self._receiver.ended(reason, by_server=True)

    def abort(self, reason: str, *, by_server: bool = True) -> None:
        """End now, whatever is queued."""
        if self._state is _State.CLOSED:
            return
        first = self._state is _State.OPEN
        self._state = _State.CLOSED
        self._heartbeat.stop()
        if self._deadline is not None:
            self._deadline.cancel()
        self._sending.clear()
        for task in self._tasks:
            task.cancel()
        if self._sending.channel is not None and by_server:
            self._sending.channel.abort()
        if first:
            self._meter.closed(reason)
            self._receiver.ended(reason, by_server=by_server)
        # It has this, too: only the collector of garbage would find that nobody else has them.
        del self._receiver
        if self._sending.channel is not None:
            self.go()

    def _cut_off(self) -> None:
        self._meter.refused("outbound_bytes")
        logger.info("connection %s: cut off with %d unread bytes", self.name, self.pending_bytes)
        self.abort(reasons.SLOW_READER)

    def go(self) -> None:
        """Take note that there is nothing more to do."""
        if not self.gone.is_set():
            self.gone.set()
            self.leave()
            self.leave = _nothing

    # -- for the transport --

    def open(self, receiver: Receiver) -> None:
        """Say who takes what is received: first of all."""
        self._receiver = receiver

    async def run(self) -> None:
        """Have frames carried in both directions; the websocket is accepted. Returns at once if that is a channel's."""
        if self._attach is not None:
            self._attach(self)
            return
        reader = asyncio.create_task(metered(self._read()), name=f"read {self.name}")
        writer = asyncio.create_task(metered(self._write()), name=f"write {self.name}")
        self._tasks = (reader, writer)
        try:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            if not writer.done() and self._state is _State.FINISHING:
                await asyncio.wait({writer})  # the drain timer bounds it
        finally:
            # The peer is gone, all is written, or the server gives up on this request.
            self.abort(reasons.TRANSPORT_CLOSE, by_server=self._state is not _State.OPEN)
            for outcome in await asyncio.gather(reader, writer, return_exceptions=True):
                if isinstance(outcome, Exception):
                    logger.error("connection %s: carrying its frames failed", self.name, exc_info=outcome)

    # -- called by the channel --

    @property
    def is_attached(self) -> bool:
        """Whether a channel carries the frames, on which it ends; no request does."""
        return self._sending.channel is not None

    def attached(self, channel: Channel) -> None:
        """Go over to a channel with what is queued."""
        self._sending.go_over(channel)
        if self._state is _State.OPEN:
            self._heartbeat.start()
        elif self._state is _State.FINISHING:
            channel.close(*self._farewell)
        else:
            channel.abort()
            self.go()

    def message(self, data: str | bytes) -> None:
        """Take a frame, and hold the client back while it has to wait."""
        if self._state is not _State.OPEN:
            return
        room = self._receiver.frame(data)
        if room is not None:
            self._sending.hold_until(room, self._heartbeat)

    def lost(self, code: int, reason: str) -> None:  # noqa: ARG002
        """End with the websocket."""
        self.abort(reasons.TRANSPORT_CLOSE, by_server=False)

    # -- by the messages of ASGI --

    async def _read(self) -> None:
        while self._state is _State.OPEN:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                self.abort(reasons.TRANSPORT_CLOSE, by_server=False)
                return
            text = message.get("text")
            room = self._receiver.frame(message["bytes"] if text is None else text)
            if room is not None:
                await room

    async def _write(self) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                while self._sending.outbox:
                    await self._websocket.send_text(self._sending.outbox.first().text)
                    self._sending.sent(self._sending.outbox.drop())
                if self._state is not _State.OPEN:
                    break
                self._sending.news.clear()
                await self._sending.news.wait()
            await self._websocket.close(*self._farewell)

    # -- called by the heartbeat --

    def ping(self) -> None:
        """Ask whether the client is there."""
        channel = self._sending.channel
        assert channel is not None, "without one the heartbeat is not started"
        channel.ping(self._heartbeat.answered)

    def unanswered(self) -> None:
        """End, as the client is not."""
        self.abort(reasons.PING_TIMEOUT)
