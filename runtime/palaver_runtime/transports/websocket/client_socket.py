"""One accepted websocket: its frames in both directions, its heartbeat, and its end."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from enum import Enum, auto
from time import perf_counter
from typing import Final, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from palaver_runtime.fairness import metered
from palaver_runtime.metrics import Meter
from palaver_runtime.transports import ABORT_EXTENSION, PING_EXTENSION, reasons
from palaver_runtime.transports.heartbeat import Heartbeat
from palaver_runtime.transports.outbox import Outbox
from palaver_runtime.transports.websocket.limits import WebSocketLimits

logger = logging.getLogger(__name__)

POLICY_VIOLATION: Final = 1008
INTERNAL_ERROR: Final = 1011
SERVICE_RESTART: Final = 1012
"""Close codes of RFC 6455, section 7.4.1, and of the registry that it made."""

_CODES: Final = {reasons.SERVER_SHUTDOWN: SERVICE_RESTART, reasons.FAILED: INTERNAL_ERROR}


class Receiver(Protocol):
    """Takes what one websocket receives."""

    async def frame(self, data: str | bytes) -> None:
        """Handle a frame; waiting here holds the client back."""
        ...

    def ended(self, reason: str, *, by_server: bool) -> None:
        """Told exactly once, when nothing more can be sent."""
        ...


class _State(Enum):
    OPEN = auto()
    FINISHING = auto()  # what is queued is still sent, nothing is received or queued any more
    CLOSED = auto()


class ClientSocket:
    """A websocket that is bounded, ordered, and ends in one place.

    Without our listener's extensions there is no heartbeat, and who does not read is given up, not cut off.
    """

    def __init__(
        self,
        name: str,
        websocket: WebSocket,
        limits: WebSocketLimits,
        close_code: Callable[[str], int] | None = None,
        meter: Meter | None = None,
    ) -> None:
        """`close_code` gives the close code for the code of an error."""
        extensions = websocket.scope.get("extensions") or {}
        self.name = name
        #: Set by the transport when the request of the websocket is over.
        self.gone = asyncio.Event()
        self._websocket = websocket
        self._limits = limits
        self._close_code = close_code
        self._meter = meter or Meter()
        self._abort_transport: Callable[[], None] | None = extensions.get(ABORT_EXTENSION, {}).get("abort")
        self._send_ping: Callable[[Callable[[], None]], None] | None = extensions.get(PING_EXTENSION, {}).get("ping")
        self._receiver: Receiver
        self._state = _State.OPEN
        self._outbox = Outbox(limits.max_pending_bytes)
        self._wake = asyncio.Event()
        self._heartbeat = Heartbeat(
            limits.ping_interval, limits.ping_timeout, self._ping, lambda: self.abort(reasons.PING_TIMEOUT)
        )
        self._deadline: asyncio.TimerHandle | None = None
        self._farewell = (POLICY_VIOLATION, "")
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    # -- for the session above --

    @property
    def pending_bytes(self) -> int:
        """How much waits for the client to read it."""
        return self._outbox.bytes

    def enqueue(self, frame: str, since: float | None = None) -> None:
        """Queue a text frame; never blocks. A client that does not read what is queued is cut off.

        `since` is the moment of perf_counter() since when the client may have it.
        """
        if self._state is not _State.OPEN:
            return
        if self._outbox.put(frame, since):
            self._wake.set()
        else:
            self._meter.refused("outbound_bytes")
            logger.info("connection %s: cut off with %d unread bytes", self.name, self._outbox.bytes)
            self.abort(reasons.SLOW_READER)

    def finish(self, reason: str, error: str | None = None) -> None:
        """Send what is queued, then close; whoever does not read it within the drain timeout is cut off."""
        if self._state is not _State.OPEN:
            return
        self._state = _State.FINISHING
        code = _CODES.get(reason, POLICY_VIOLATION)
        if error is not None and self._close_code is not None:
            code = self._close_code(error)
        self._farewell = (code, reason)
        self._heartbeat.stop()
        self._deadline = asyncio.get_running_loop().call_later(self._limits.drain_timeout, self.abort, reason)
        self._wake.set()
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
        self._outbox.clear()
        for task in self._tasks:
            task.cancel()
        if self._abort_transport is not None and by_server:
            self._abort_transport()
        if first:
            self._meter.closed(reason)
            self._receiver.ended(reason, by_server=by_server)

    # -- for the transport --

    def open(self, receiver: Receiver) -> None:
        """Say who takes what is received: first of all."""
        self._receiver = receiver

    async def run(self) -> None:
        """Carry frames in both directions until the end; the websocket is accepted."""
        if self._send_ping is not None:
            self._heartbeat.start()
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

    async def _read(self) -> None:
        while self._state is _State.OPEN:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                self.abort(reasons.TRANSPORT_CLOSE, by_server=False)
                return
            text = message.get("text")
            with self._heartbeat.held():
                await self._receiver.frame(message["bytes"] if text is None else text)

    async def _write(self) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                while self._outbox:
                    await self._websocket.send_text(self._outbox.first())
                    since = self._outbox.drop()
                    if since is not None:
                        self._meter.delivered(perf_counter() - since)
                if self._state is not _State.OPEN:
                    break
                self._wake.clear()
                await self._wake.wait()
            await self._websocket.close(*self._farewell)
            # All is handed over: from now on abort() would cut off what the kernel has not sent yet.
            self._abort_transport = None

    def _ping(self) -> None:
        assert self._send_ping is not None, "without it the heartbeat is not started"
        self._send_ping(self._heartbeat.answered)
