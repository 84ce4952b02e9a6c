"""One websocket of a listener: its frames in both directions, what is too much of them, and its end."""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Final, Protocol

from palaver_runtime.fairness import Account, current
from palaver_runtime.transports.census import Census, ListenerLimits
from palaver_runtime.transports.farewells import Farewells
from palaver_runtime.transports.flush import Flusher
from palaver_runtime.transports.inflow import FETCHING
from palaver_runtime.transports.rfc6455.closing import ABNORMAL, SERVICE_RESTART, close_body
from palaver_runtime.transports.rfc6455.frames import CLOSE, PING, PONG, frame
from palaver_runtime.transports.rfc6455.parser import FRAGMENT, Close, Parser, Ping, Pong, ProtocolError

if TYPE_CHECKING:
    from uvicorn.server import ServerState

_FRAMES: Final = 25
"""Frames of one client that are read in one go, which take half a millisecond; then it is somebody else's turn."""

_UPGRADE: Final = ((b"upgrade", b"websocket"), (b"connection", b"Upgrade"))

_CLOSING: Final = 10.0
"""Seconds in which a peer may answer a close frame, or read what is left to it."""


class Receiver(Protocol):
    """Takes what one websocket receives. Nothing here blocks."""

    def attached(self, channel: "Channel") -> None:
        """Take note of whose receiver this is, before anything is received."""
        ...

    def message(self, data: str | bytes) -> None:
        """Take a message; between hold() and release() there is none."""
        ...

    def lost(self, code: int, reason: str) -> None:
        """Take note that nothing is received any more; once, whoever ended it."""
        ...


@dataclass(slots=True)
class Shared:
    """What the websockets of one listener have together."""

    limits: ListenerLimits
    census: Census
    flusher: Flusher = field(default_factory=Flusher)
    farewells: Farewells = field(default_factory=Farewells)


class Channel:
    """A connection after its upgrade, as uvicorn and an event loop see it; bounded in number and size of frames.

    It is what asyncio calls a protocol, though not by descent: a compiled class has none that is not.

    A frame costs the same, however small. So frames are read twenty-five at a time, with the turns of everybody else
    between them, and so many in a second. Where nothing is to be read, the kernel keeps what the client sends.
    """

    __slots__ = (
        *(
            "_account",
            "_closing",
            "_context",
            "_held",
            "_loop",
            "_out",
            "_parser",
            "_pinged",
            "_receiver",
            "_second",
            "_seen",
            "_shared",
        ),
        *("_stopped", "_told", "_turn", "_unread", "_waiting", "_writable"),
        *("accepted", "counted", "state", "transport"),
    )

    __deletable__ = ("_context", "_receiver")
    """For the compiler: an attribute of a compiled class cannot be deleted otherwise."""

    def __init__(
        self, transport: asyncio.Transport, state: "ServerState", max_message_bytes: int, shared: Shared
    ) -> None:
        """Begin with a connection whose request has been read; nothing more is, until it is accepted."""
        self.transport: Final = transport
        self.state: Final = state
        #: Under what the connection is counted; set by the protocol that has let it in.
        self.counted: str | None = None
        self.accepted = False
        self._shared = shared
        self._loop = asyncio.get_running_loop()
        self._parser = Parser(max_message_bytes, shared.limits.max_fragments)
        self._receiver: Receiver
        self._context: Context
        self._account: Account | None = None
        # None while nothing waits, as nearly always: an empty list takes memory, too.
        self._out: list[bytes] | None = None
        self._waiting = 0
        self._held = True
        self._unread = False
        self._turn: asyncio.Handle | None = None
        self._seen = 0
        self._second = 0.0
        self._pinged: tuple[bytes, Callable[[], None]] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._closing = False
        self._told = False
        self._stopped: asyncio.Handle | None = None
        state.connections.add(self)  # type: ignore[arg-type]  # for uvicorn: one of its own protocols

    # -- for whoever receives --

    def attach(self, receiver: Receiver) -> None:
        """Give what is received to `receiver` from now on, on behalf of what the caller's task is about."""
        self._receiver = receiver
        self._context = copy_context()
        self._account = current()
        receiver.attached(self)

    @property
    def open(self) -> bool:
        """Whether anything can still be sent."""
        return self.accepted and not self._closing and not self.transport.is_closing()

    @property
    def pending_bytes(self) -> int:
        """How much waits for the client to read it."""
        return self._waiting + self.transport.get_write_buffer_size()

    def write(self, frames: bytes) -> int:
        """Write whole frames, unless the websocket is closing; return how many bytes wait now.

        They leave at the end of this turn of the event loop, together with all others of the turn.
        """
        if not self._closing:
            if self._out is None:
                self._shared.flusher.add(self)
                self._out = [frames]
            else:
                self._out.append(frames)
            self._waiting += len(frames)
        return self._waiting + self.transport.get_write_buffer_size()

    def send(self, frames: bytes) -> int:
        """Do what `write` does, and send all that was written, now."""
        if self._out is not None:
            self.write(frames)
            self.flush()
        elif not self._closing:
            self.transport.write(frames)
        return self.transport.get_write_buffer_size()

    def flush(self) -> None:
        """Send what was written, now."""
        out = self._out
        if out is not None:
            self._out = None
            self._waiting = 0
            self.transport.write(out[0] if len(out) == 1 else b"".join(out))

    async def writable(self) -> None:
        """Return once the client has read most of what was written, or is gone."""
        if self._writable is not None:
            await asyncio.shield(self._writable)

    def hold(self) -> None:
        """Read no further, so that the client is held back."""
        self._held = True

    def release(self) -> None:
        """Read on, soon."""
        self._held = False
        if self._turn is None:
            self._turn = self._loop.call_soon(self._read)

    def ping(self, answered: Callable[[], None]) -> None:
        """Send a ping; tell when its pong has come, unless another has been sent since. None after the close."""
        if self.open:
            payload = secrets.token_bytes(4)
            self._pinged = (payload, answered)
            self.write(frame(PING, payload))

    def close(self, code: int, reason: str = "") -> None:
        """Close after everything written so far; a peer that does not answer in time is cut off."""
        if self.open:
            self._say_goodbye(code, reason)
            self.release()  # the answer is to be read

    def abort(self) -> None:
        """Drop the connection at once, unsent bytes included."""
        self._closing = True
        self._forget()
        self.transport.abort()

    # -- for the application --

    def accept(self, key: bytes, headers: Iterable[tuple[bytes, bytes]], first: bytes = b"") -> None:
        """Answer the handshake, send the `first` frames along with that, and begin to read."""
        if self.transport.is_closing():
            return
        self.accepted = True
        lines = [(b"sec-websocket-accept", key), *headers]
        if len(lines) == 1:
            head = _accepting(tuple(self.state.default_headers)) % key
        else:
            head = self._head(101, [*_UPGRADE, *lines])
        self.transport.write(head + first)
        self.release()

    def refuse(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        """Answer that there is no websocket, and end the connection."""
        ours = {b"content-length": str(len(body)).encode(), b"connection": b"close"}
        lines = [(name, value) for name, value in headers if name.lower() not in ours]
        self._closing = True
        self.transport.write(self._head(status, [*lines, *ours.items()]) + body)
        self._end()

    # -- for the event loop and uvicorn --

    def data_received(self, data: bytes) -> None:
        """Read what arrived, if it may be read now."""
        began = perf_counter() - len(data) * FETCHING
        self._parser.feed(data)
        if self._held or self._turn is not None:
            self._pause()
            if self._account is not None:
                self._account.charge(perf_counter() - began)
        else:
            self._read_since(began)

    def eof_received(self) -> None:
        """Let the event loop close the connection."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Take leave."""
        for timer in (self._turn, self._stopped):
            if timer is not None:
                timer.cancel()
        self.state.connections.discard(self)
        if self.counted is not None:
            self._shared.census.leave(self.counted)
            self.counted = None
        self._closing = True
        self._pinged = None
        self._forget()
        self.resume_writing()
        self._shared.farewells.say(self._leave)

    def pause_writing(self) -> None:
        """Have writers wait."""
        if self._writable is None:
            self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """Have writers go on."""
        if self._writable is not None:
            self._writable.set_result(None)
            self._writable = None

    def shutdown(self) -> None:
        """End the connection, as the server stops."""
        if self.accepted:
            self._say_goodbye(SERVICE_RESTART, "")
            self._end()
        elif not self._closing:
            self.refuse(503, (), b"The server is shutting down")
        self._tell(SERVICE_RESTART, "")

    # -- how that is done --

    def _leave(self) -> None:
        """Tell who receives that all is over, and let go of them."""
        began = perf_counter()
        self._tell(ABNORMAL, "")
        if self._account is not None:
            self._account.charge(perf_counter() - began)
        # Each of them has the other, and only the collector of garbage would find that nobody else has them.
        del self._receiver, self._context

    def _read(self) -> None:
        """Read some frames."""
        self._turn = None
        self._read_since(perf_counter())

    def _read_since(self, began: float) -> None:
        """Read some frames, if it is the turn of whom the client counts for, and charge it to them."""
        if self._account is None:
            self._read_some()
            return
        if wait := self._account.wait():
            self._pause()
            self._turn = self._loop.call_later(wait, self._read)
        else:
            self._read_some()
        self._account.charge(perf_counter() - began)

    def _read_some(self) -> None:
        """Read some frames, then let everybody else have a turn."""
        now = self._loop.time()
        if now - self._second >= 1.0:
            self._second, self._seen = now, 0
        left = min(_FRAMES, self._shared.limits.max_frames - self._seen)
        while left > 0 and not self._held:
            try:
                event = self._parser.next()
            except ProtocolError as error:
                self._broken(error)
                return
            if event is None:
                self._resume()
                return
            self._seen += 1
            left -= 1
            if isinstance(event, (str, bytes)):
                if not self._closing:
                    self._context.run(self._receiver.message, event)
            elif event is not FRAGMENT:
                self._control(event)
        if not self._held:
            self._pause()
            wait = 0.0 if self._seen < self._shared.limits.max_frames else max(0.0, self._second + 1.0 - now)
            self._turn = self._loop.call_later(wait, self._read)

    def _control(self, event: Ping | Pong | Close) -> None:
        if isinstance(event, Ping):
            self._answer_ping(event.payload)
        elif isinstance(event, Pong):
            # One to no ping, or to an earlier one, means nothing.
            if self._pinged is not None and event.payload == self._pinged[0]:
                _, answered = self._pinged
                self._pinged = None
                self._context.run(answered)
        else:
            self._say_goodbye(event.code, "")
            self._end()
            self._tell(event.code, event.reason)

    def _answer_ping(self, payload: bytes) -> None:
        if self._closing:
            return
        if self.pending_bytes > self._shared.limits.max_pong_bytes:
            self._shared.limits.refused("outbound_bytes")
            self.abort()
        else:
            self.write(frame(PONG, payload))

    def _broken(self, error: ProtocolError) -> None:
        if error.limit is not None:
            self._shared.limits.refused(error.limit)
        self._say_goodbye(error.code, str(error))
        self._end()
        self._tell(error.code, str(error))

    def _say_goodbye(self, code: int, reason: str) -> None:
        """Send a close frame, if none was."""
        if not self._closing:
            self._closing = True
            self._pinged = None
            self.flush()
            self.transport.write(frame(CLOSE, close_body(code, reason)))
            self._bound()

    def _end(self) -> None:
        """Close the connection once all is written."""
        self.transport.close()
        self._bound()

    def _bound(self) -> None:
        if self._stopped is None:
            self._stopped = self._loop.call_later(_CLOSING, self.transport.abort)

    def _forget(self) -> None:
        self._out = None
        self._waiting = 0

    def _tell(self, code: int, reason: str) -> None:
        if not self._told:
            self._told = True
            self._context.run(self._receiver.lost, code, reason)

    def _pause(self) -> None:
        if not self._unread:
            self._unread = True
            self.transport.pause_reading()

    def _resume(self) -> None:
        if self._unread and not self.transport.is_closing():
            self._unread = False
            self.transport.resume_reading()

    def _head(self, status: int, lines: Iterable[tuple[bytes, bytes]]) -> bytes:
        return _head(status, lines, self.state.default_headers)


def _head(status: int, lines: Iterable[tuple[bytes, bytes]], usual: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Write the head of a response, which has the server's `usual` headers unless it has its own of that name."""
    own = [(name.lower(), value) for name, value in lines]
    names = {name for name, _ in own}
    own += [(name, value) for name, value in usual if name.lower() not in names]
    if any(b"\r" in part or b"\n" in part for line in own for part in line):
        raise ValueError("a header with a line break")
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    first = b"HTTP/1.1 %d %s\r\n" % (status, phrase.encode())
    return first + b"".join(b"%s: %s\r\n" % line for line in own) + b"\r\n"


@lru_cache(16)
def _accepting(usual: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """Write the head that accepts a websocket, with a place for the key: the same for as long as the date is."""
    return _head(101, _UPGRADE, usual)[:-2].replace(b"%", b"%%") + b"sec-websocket-accept: %b\r\n\r\n"
