"""One Engine.IO session: its frames in both directions, the transport that they take, and its end."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import Any, Final, Protocol

from engineio.exceptions import EngineIOError  # type: ignore[import-untyped]
from engineio.packet import Packet  # type: ignore[import-untyped]
from starlette.types import Receive, Send

from palaver_runtime.fairness import metered
from palaver_runtime.metrics import Meter
from palaver_runtime.transports import CHANNEL_EXTENSION, reasons
from palaver_runtime.transports.afterwards import afterwards
from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.channel import Receiver as Attached
from palaver_runtime.transports.door import Anywhere, Seat
from palaver_runtime.transports.gathering import Carrier, Gathering, Pieces
from palaver_runtime.transports.heartbeat import Heartbeat, Pulse
from palaver_runtime.transports.rfc6455.closing import NORMAL
from palaver_runtime.transports.sending import Sending
from palaver_runtime.transports.socketio.limits import SocketLimits
from palaver_runtime.transports.socketio.packets import MalformedPacket
from palaver_runtime.transports.text_frame import TextFrame
from palaver_runtime.transports.timers import Timer, Timers
from palaver_runtime.transports.turns import Wait

logger = logging.getLogger(__name__)

_CLOSE: Final = "1"
_PING: Final = "2"
_PING_FRAME: Final = TextFrame(_PING)
_PONG: Final = "3"
_MESSAGE: Final = "4"
_UPGRADE: Final = "5"
_NOOP: Final = "6"
_SEPARATOR: Final = "\x1e"


class Receiver(Protocol):
    """Takes what one session receives."""

    def message(self, data: str | bytes) -> Wait:
        """Take a message; return what to wait for before the next one. Raise MalformedPacket to end the session."""
        ...

    def late(self) -> None:
        """Say that nobody has come in time; the session is closed after that."""
        ...

    def ended(self, reason: str, *, by_server: bool) -> None:
        """Told exactly once, when nothing more can be sent."""
        ...


class _State(Enum):
    OPEN = auto()
    FINISHING = auto()  # what is queued is still sent, nothing is received or queued any more
    CLOSED = auto()


class EngineSocket:
    """An Engine.IO session that is bounded, ordered, and ends in one place.

    Stands in the place of a class private to python-engineio, pinned to 4.15 in pyproject.toml: it has all that
    engineio's request handling uses of one, handle_get_request, handle_post_request, close, sid, connected, upgraded
    and closed. The original has an unbounded queue, loses what is queued for a polling client when it closes, keeps the
    session when a frame does not parse, answers OK to a body that it did not read, and starts timer tasks without an
    owner; its queue alone takes more memory than all else of a session.
    """

    __slots__ = (
        *("_abort_transport", "_attach", "_deadline", "_gathering", "_gone", "_handshakes", "_heartbeat", "_limits"),
        "_meter",
        *("_polling", "_posting", "_probing", "_receiver", "_sending", "_state", "_tasks"),
        *("closed", "connected", "seat", "server", "sid", "upgraded", "upgrading"),
    )
    __deletable__ = ("_receiver",)  # for the compiler

    def __init__(
        self,
        server: Any,
        sid: str,
        limits: SocketLimits,
        gone: "Callable[[EngineSocket], None]",
        meter: Meter | None = None,
        gathering: Gathering | None = None,
        pulse: Pulse | None = None,
        handshakes: Timers | None = None,
    ) -> None:
        self.server = server
        self.sid = sid
        self._meter = meter or Meter()
        self._gathering = gathering or Gathering(self._meter.delivered)
        self.connected = False
        self.closed = False
        #: A websocket carries this session: it opened it, or took over from polling.
        self.upgraded = False
        #: A client that polls has been told that it can go over to its websocket, and has not done so yet.
        self.upgrading = False
        #: The place that the session has; set by the server.
        self.seat: Seat = Anywhere()
        self._limits = limits
        self._gone = gone
        self._receiver: Receiver
        self._state = _State.OPEN
        self._sending = Sending(limits.max_pending_bytes, self._gathering.delivered)
        pulse = pulse or Pulse(limits.ping_interval, limits.ping_timeout)
        self._heartbeat = Heartbeat(pulse, self)
        self._handshakes = handshakes or Timers(limits.handshake_timeout)
        self._deadline: Timer | asyncio.TimerHandle | None = None
        self._probing = False
        self._polling = False
        self._posting = False
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._abort_transport: Callable[[], None] | None = None
        self._attach: Callable[[Attached], None] | None = None

    # -- for the session above --

    def open(self, receiver: Receiver) -> None:
        """Start the heartbeat and the wait for the handshake."""
        self._receiver = receiver
        self._heartbeat.start()
        self.expect_handshake()

    def expect_handshake(self) -> None:
        """Close the session unless handshake_done() is called in time; both only while it takes messages."""
        self._clear_deadline()
        self._deadline = self._handshakes.set(self._no_handshake)

    def handshake_done(self) -> None:
        """Stop what expect_handshake() started."""
        self._clear_deadline()
        self.seat.joined()

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

    def finish(self, reason: str) -> None:
        """Send what is queued, then close; whoever does not read it within the drain timeout is cut off."""
        self._gathering.precede(self)
        if self._state is not _State.OPEN:
            return
        self._state = _State.FINISHING
        self._heartbeat.stop()
        self._clear_deadline()
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self._limits.drain_timeout, lambda: self.abort(reason))
        self._sending.wake()
        if self._sending.channel is not None:
            self._sending.channel.close(NORMAL)
        self._meter.closed(reason)
        self._receiver.ended(reason, by_server=True)

    def abort(self, reason: str, *, by_server: bool = True) -> None:
        """End now, whatever is queued."""
        if self._state is _State.CLOSED:
            return
        first = self._state is _State.OPEN
        self._state = _State.CLOSED
        self.closed = True
        self._heartbeat.stop()
        self._clear_deadline()
        self._sending.clear()
        self._sending.wake()
        for task in self._tasks:
            task.cancel()
        channel = self._sending.channel
        if channel is not None:
            if by_server:
                channel.abort()
            else:
                channel.close(NORMAL)
        elif self._abort_transport is not None and by_server:
            self._abort_transport()
        if first:
            self._meter.closed(reason)
            self._receiver.ended(reason, by_server=by_server)
        # It has this, too: only the collector of garbage would find that nobody else has them.
        del self._receiver
        self._gone(self)

    def _cut_off(self) -> None:
        self._meter.refused("outbound_bytes")
        logger.info("session %s: cut off with %d unread bytes", self.sid, self.pending_bytes)
        self.abort(reasons.SLOW_READER)

    # -- called by the heartbeat --

    def ping(self) -> None:
        """Ask whether the client is there."""
        self.enqueue(_PING_FRAME)

    def unanswered(self) -> None:
        """End, as the client is not."""
        self.abort(reasons.PING_TIMEOUT)

    # -- called by engineio --

    async def handle_get_request(self, environ: dict[str, Any]) -> Any:
        """Answer a GET: an upgrade to websocket, or a long poll."""
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            return await self._upgrade_websocket(environ)
        return await self.poll(environ["asgi.receive"])

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take the frames of a POST; raise EngineIOError, which becomes 400, when they are malformed."""
        try:
            await self._take_post(environ)
        except EngineIOError:
            # python-engineio answers for sessions that it knows, and this one may have ended meanwhile; it forgets it.
            self.server.sockets.setdefault(self.sid, self)
            raise

    async def _take_post(self, environ: dict[str, Any]) -> None:
        if self._posting:
            raise self._broken("two POST requests at once")
        self._posting = True
        try:
            length = int(environ.get("CONTENT_LENGTH", "0"))
            if not 0 < length <= self._limits.max_frame_bytes:
                if length > 0:
                    self._meter.refused("frame_bytes")
                raise self._broken("the length of the body is missing or too large")
            body = await environ["wsgi.input"].read(length)
            if len(body) != length:
                raise self._broken("the body is cut short")
            try:
                # No more are looked for than may be there: a megabyte has room for a million.
                if len(body.split(_SEPARATOR.encode(), self._limits.max_packets)) > self._limits.max_packets:
                    self._meter.refused("packets")
                    raise self._broken("the body has too many packets")
                for frame in body.decode().split(_SEPARATOR):
                    await self._room(self._frame(frame))
            except (MalformedPacket, UnicodeDecodeError) as error:
                raise self._broken(str(error)) from None
        finally:
            self._posting = False

    async def poll(self, receive: Receive) -> list[Packet]:
        """Return the queued frames for a long poll, at least one; CLOSE once a closing session has no more.

        From the answer to a websocket's probe on the frames are for the websocket, and a poll gets NOOP. So does one
        whose connection has gone, as its request tells through `receive`: what is queued is for the next poll.
        """
        if self._polling:
            raise self._broken("two GET requests at once")
        self._polling = True
        left = asyncio.create_task(_left(receive), name=f"poll {self.sid}")
        left.add_done_callback(lambda _: self._sending.news.set())
        try:
            while (
                not (self._sending.outbox or _gone(left) or self._websocket_takes_over) and self._state is _State.OPEN
            ):
                self._sending.news.clear()
                await self._sending.news.wait()
        finally:
            self._polling = False
            left.cancel()
        if _gone(left) or self._websocket_takes_over:
            return [_packet(_NOOP)]
        frames = []
        for frame, since in self._sending.outbox.take():
            frames.append(_packet(frame.text))
            self._sending.sent(since)
        if not frames:
            # In a response of its own: python-engineio's client handles CLOSE before the frames that it came with.
            frames.append(_packet(_CLOSE))
            self.abort(reasons.TRANSPORT_CLOSE)
        return frames

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:  # noqa: ARG002
        """Close on behalf of the library, which asks for it after a request that it answered with 400.

        It knows the session no more after that: what is queued can leave by the poll that waits already, or never.
        """
        self.finish(reason or reasons.TRANSPORT_CLOSE)
        if not (self._polling or self.upgraded):
            self.abort(reasons.MALFORMED)

    # -- websocket --

    async def take(self, extension: Mapping[str, Callable[..., None]], send: Send) -> str:
        """Accept a websocket of our own listener as the one that carries this session from the beginning."""
        self._abort_transport = extension["abort"]
        await send({"type": "websocket.accept"})
        self.connected = self.upgraded = True
        extension["attach"](self)
        return ""  # it is answered

    def carried_by(self, channel: Channel) -> None:
        """Be carried by a channel, which is accepted, from the beginning."""
        self.connected = self.upgraded = True
        channel.attach(self)

    @property
    def _websocket_takes_over(self) -> bool:
        return self.upgrading or self.upgraded

    async def _upgrade_websocket(self, environ: dict[str, Any]) -> Any:
        if self.upgraded or self._probing or self._state is not _State.OPEN:
            return self.server._bad_request("Not upgradable")
        extension = (environ["asgi.scope"].get("extensions") or {}).get(CHANNEL_EXTENSION, {})
        self._attach = extension.get("attach")
        websocket = self.server._async["websocket"](self._websocket_handler, self.server)
        if not self.connected:
            self._abort_transport = extension.get("abort")
            return await websocket(environ)
        self._probing = True
        try:
            self._abort_transport = extension.get("abort")
            return await websocket(environ)
        finally:
            self._probing = False
            if not self.upgraded:
                self.upgrading = False  # what is queued leaves by polling after all
                self._abort_transport = None

    async def _websocket_handler(self, websocket: Any) -> None:
        if self.connected:
            if not await self._probe(websocket):
                return
        else:
            self.connected = True
            self.upgraded = True
        if self._attach is not None:
            self._attach(self)
            return
        reader = asyncio.create_task(metered(self._read(websocket)), name=f"read {self.sid}")
        writer = asyncio.create_task(metered(self._write(websocket)), name=f"write {self.sid}")
        self._tasks = (reader, writer)
        await afterwards(self._until_over(reader, writer), lambda: self._both_ended(reader, writer))

    async def _until_over(self, reader: asyncio.Task[None], writer: asyncio.Task[None]) -> None:
        await asyncio.wait((reader, writer), return_when=asyncio.FIRST_COMPLETED)
        if not writer.done() and self._state is _State.FINISHING:
            await asyncio.wait({writer})  # the drain timer bounds it

    async def _both_ended(self, reader: asyncio.Task[None], writer: asyncio.Task[None]) -> None:
        # The peer is gone, all is written, or the server gives up on this request.
        self.abort(reasons.TRANSPORT_CLOSE, by_server=self._state is not _State.OPEN)
        await asyncio.gather(reader, writer, return_exceptions=True)

    async def _probe(self, websocket: Any) -> bool:
        """Take over from polling: the client sends a probe, is answered, and then commits with UPGRADE.

        A client that has the answer ends its polling, so that a session that is finishing by then still has to
        come over: what is queued could not reach the client any other way.
        """
        try:
            async with asyncio.timeout(self._limits.handshake_timeout):
                if await websocket.wait() != f"{_PING}probe":
                    return False
                await websocket.send(f"{_PONG}probe")
                self.upgrading = True
                self._sending.news.set()  # a waiting poll ends now, so that the client can let go of it
                if await websocket.wait() != _UPGRADE:
                    return False
        except (OSError, TimeoutError):
            return False
        if self._state is _State.CLOSED:
            return False
        self.upgraded = True
        self.upgrading = False
        return True

    async def _read(self, websocket: Any) -> None:
        try:
            while self._state is _State.OPEN:
                await self._room(self._frame(await websocket.wait()))
        except OSError:
            self.abort(reasons.TRANSPORT_CLOSE, by_server=False)
        except MalformedPacket as error:
            self._broken(str(error))

    async def _write(self, websocket: Any) -> None:
        with contextlib.suppress(OSError):
            while True:
                while self._sending.outbox:
                    await websocket.send(self._sending.outbox.first().text)
                    self._sending.sent(self._sending.outbox.drop())
                if self._state is not _State.OPEN:
                    break
                self._sending.news.clear()
                await self._sending.news.wait()
            await websocket.close()
            # All is handed over: from now on abort() would cut off what the kernel has not sent yet.
            self._abort_transport = None

    # -- called by the channel: what a websocket of our own listener receives --

    @property
    def is_attached(self) -> bool:
        """Whether a channel carries this session, on which it ends; no request does."""
        return self._sending.channel is not None

    def attached(self, channel: Channel) -> None:
        """Go over to a channel with what is queued; that is dropped at once by the channel from now on."""
        self._abort_transport = None
        self._sending.go_over(channel)
        if self._state is not _State.OPEN:
            channel.close(NORMAL)

    def message(self, data: str | bytes) -> None:
        """Take a frame, and hold the client back while it has to wait."""
        try:
            room = self._frame(data)
        except MalformedPacket as error:
            self._broken(str(error))
            return
        if room is not None:
            self._sending.hold_until(room, self._heartbeat)

    def lost(self, code: int, reason: str) -> None:  # noqa: ARG002
        """End with the websocket."""
        self.abort(reasons.TRANSPORT_CLOSE, by_server=False)

    # -- frames and the end --

    def _frame(self, frame: str | bytes) -> Wait:
        """Take a frame; return what to wait for before the next one. Raise MalformedPacket."""
        if self._state is not _State.OPEN and frame != _CLOSE:
            return None
        if isinstance(frame, bytes):
            return self._message(frame)
        kind = frame[:1]
        if kind == _MESSAGE:
            return self._message(frame[1:])
        if kind == _PONG:
            self._heartbeat.answered()
        elif kind == "b" and not self.upgraded:
            return self._message(b"")  # an attachment; its content is thrown away anyhow
        elif kind == _CLOSE:
            self.abort(reasons.TRANSPORT_CLOSE, by_server=False)
        elif kind != _NOOP:
            raise MalformedPacket("unknown Engine.IO packet")
        return None

    def _message(self, data: str | bytes) -> Wait:
        if len(data) > self._limits.max_frame_bytes:
            self._meter.refused("frame_bytes")
            raise MalformedPacket("the frame is too large")
        return self._receiver.message(data)

    async def _room(self, room: Wait) -> None:
        """Wait, and hold the client back meanwhile."""
        if room is not None:
            with self._heartbeat.held():
                await room

    def _broken(self, problem: str) -> EngineIOError:
        logger.info("session %s: closed, %s", self.sid, problem)
        self.finish(reasons.MALFORMED)
        return EngineIOError()

    def _no_handshake(self) -> None:
        self._meter.refused("handshake_seconds")
        self._receiver.late()
        self.finish(reasons.HANDSHAKE_TIMEOUT)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


async def _left(receive: Receive) -> bool:
    """Tell whether what comes next of a request is its end. After a body, which no poll has, the end is not told."""
    message = await receive()
    return bool(message["type"] == "http.disconnect")


def _gone(left: asyncio.Task[bool]) -> bool:
    return left.done() and not left.cancelled() and left.result()


def _packet(frame: str) -> Packet:
    packet = Packet()
    packet.encode_cache = frame
    return packet
