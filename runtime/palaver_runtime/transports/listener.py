"""Listening on TCP ports and serving ASGI applications there, all in one event loop."""

import asyncio
import contextlib
import errno
import logging
import math
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from palaver_runtime.transports.acceptor import Acceptor
from palaver_runtime.transports.census import ListenerLimits
from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.guards import GuardedHttp, guarded
from palaver_runtime.transports.headers import SECURITY_HEADERS
from palaver_runtime.transports.threshold import Threshold

logger = logging.getLogger(__name__)

_BACKLOG: Final = 2048
_UNREAD: Final = 65_536
"""Bytes that a connection has sent and nobody has read: some are fetched at once, and the loop is busy meanwhile."""

_UNAVAILABLE: Final = frozenset({errno.EADDRNOTAVAIL, errno.EACCES})


class AddressInUse(OSError):
    """A port that was asked for is taken."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            errno.EADDRINUSE,
            f"port {port} on {host} is in use: stop what listens there, or choose another port (0: any)",
        )
        self.host = host
        self.port = port


class AddressUnavailable(OSError):
    """An address that was asked for does not exist on this machine, or is not for this user."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        own = "choose a port from 1024 on, or serve as a user who may take lower ones"
        remedy = own if error.errno == errno.EACCES else "give an address of this machine as the host"
        super().__init__(error.errno, f"cannot listen on port {port} of {host}: {error.strerror}; {remedy}")
        self.host = host
        self.port = port


class Listener:
    """An application and the socket on which it is served; bound at once, so that failures come early."""

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        port: int,
        *,
        max_frame_bytes: int = 1_000_000,
        limits: ListenerLimits | None = None,
        headers: Mapping[str, str] = SECURITY_HEADERS,
        bound: socket.socket | None = None,
    ) -> None:
        """Bind; raise AddressInUse or AddressUnavailable. `max_frame_bytes` limits a websocket message.

        `headers` are those that every response has. With a `bound` socket, which may be shared with other processes,
        that is taken.
        """
        self.app = app
        self.host = host
        self.max_frame_bytes = max_frame_bytes
        self.limits = limits or ListenerLimits()
        self.headers = headers
        #: Of responses at some paths, in place of those in `headers` of the same names. This and `app` may be
        #: set until serving begins.
        self.headers_at: Mapping[str, Mapping[str, str]] = {}
        self._socket = bound_socket(host, port) if bound is None else bound
        #: The real port, also when port 0 was asked for.
        self.port: int = self._socket.getsockname()[1]

    @property
    def socket(self) -> socket.socket:
        """The bound socket."""
        return self._socket

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Give what makes the fastest event loop that is installed: uvloop's, or on Windows asyncio's own."""
    if sys.platform == "win32":
        return asyncio.new_event_loop
    import uvloop  # has no build for Windows

    return uvloop.new_event_loop


def bind(
    requests: Sequence[tuple[ASGIApp, str, int]],
    *,
    max_frame_bytes: int = 1_000_000,
    limits: ListenerLimits | None = None,
    headers: Mapping[str, str] = SECURITY_HEADERS,
    sockets: Mapping[int, socket.socket] | None = None,
) -> list[Listener]:
    """Bind all or none; raise AddressInUse or AddressUnavailable. `sockets` are bound already, by the port."""
    bound = sockets or {}
    with contextlib.ExitStack() as undo:
        listeners: list[Listener] = []
        for app, host, port in requests:
            listener = Listener(
                app,
                host,
                port,
                max_frame_bytes=max_frame_bytes,
                limits=limits,
                headers=headers,
                bound=bound.get(port),
            )
            undo.callback(listener.close)
            listeners.append(listener)
        undo.pop_all()
        return listeners


@dataclass(frozen=True, kw_only=True)
class Stop:
    """How serving ends, step by step.

    `notice` comes first, while everything is still served. Then nobody new is let in, and `drain` closes the
    applications' connections, within `deadline` seconds for all.
    """

    notice: Callable[[], Awaitable[None]] | None = None
    drain: Callable[[], Awaitable[None]] | None = None
    deadline: float = 10.0


@contextlib.asynccontextmanager
async def serving(listeners: Sequence[Listener], stop: Stop | None = None) -> AsyncIterator[None]:
    """Serve while the block runs; every listener accepts connections when it is entered."""
    stop = stop or Stop()
    servers = [_Server(_config(listener, stop.deadline)) for listener in listeners]
    tasks = [
        asyncio.create_task(server.serve([listener.socket]), name=f"listener {listener.port}")
        for server, listener in zip(servers, listeners, strict=True)
    ]
    try:
        for server in servers:
            await server.ready.wait()
        for task in tasks:
            if task.done():
                await task  # it failed to start: raise why
        yield
    finally:
        try:
            if stop.notice is not None:
                await stop.notice()
            for server in servers:
                server.refuse()
            await _drain(stop)
        finally:
            for server in servers:
                server.stop()
            await asyncio.gather(*tasks)
            for listener in listeners:
                listener.close()


async def serve(listeners: Sequence[Listener], stop: Stop | None = None) -> None:
    """Serve until SIGTERM or SIGINT; a second one ends the process as if there were no handler."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()

    def ask(number: int) -> None:
        loop.remove_signal_handler(number)
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask, number)
    try:
        async with serving(listeners, stop):
            for listener in listeners:
                logger.info("listening on %s:%d", listener.host, listener.port)
            await asked.wait()
            logger.info("stopping")
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _drain(stop: Stop) -> None:
    if stop.drain is None:
        return
    try:
        async with asyncio.timeout(stop.deadline):
            await stop.drain()
    except TimeoutError:
        logger.warning("connections were still open after %g s", stop.deadline)


class _Server(uvicorn.Server):
    """A server that tells when it is ready and leaves signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self._asked = asyncio.Event()

    def refuse(self) -> None:
        """Accept no more connections; those that are open go on."""
        for each in self.servers:
            each.close()

    def stop(self) -> None:
        """Ask the server to stop."""
        self.should_exit = True
        self._asked.set()

    async def main_loop(self) -> None:
        # The original wakes ten times a second to look for should_exit.
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._asked.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            if sys.platform == "win32":  # where the loop is not told that a socket can be read
                await super().startup(sockets)
            else:
                await self._accept(sockets or [])
        finally:
            self.ready.set()  # also after a failure, which serving() then meets in the task

    async def _accept(self, sockets: list[socket.socket]) -> None:
        """Start as uvicorn 0.54 does, with acceptors for its servers."""
        await self.lifespan.startup()
        protocol = self.config.http_protocol_class
        assert isinstance(protocol, type)
        assert issubclass(protocol, GuardedHttp)
        make = partial(Threshold, protocol.house(self.config, self.server_state, self.lifespan.state))
        self.servers = [Acceptor(each, make, protocol.limits) for each in sockets]  # type: ignore[misc]  # closed alike
        self.started = True

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield  # several servers share one loop: serve() handles the signals for all


def _config(listener: Listener, deadline: float) -> uvicorn.Config:
    return uvicorn.Config(
        listener.app,
        http=guarded(listener.limits, listener.headers_at),
        ws=Channel,  # type: ignore[arg-type]  # that there is one is all that is asked: the other makes it
        ws_max_size=listener.max_frame_bytes,
        ws_per_message_deflate=False,  # costs more time than it saves bytes, and memory for each connection
        ws_ping_interval=None,  # would cut off a client that is held back; the transports have their own
        lifespan="off",  # starting and stopping is for the caller of serving()
        access_log=False,
        log_config=None,
        log_level="warning",  # at INFO uvicorn logs the URL of every websocket, which can hold a token
        server_header=False,
        headers=list(listener.headers.items()),
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=math.ceil(deadline),
    )


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise AddressInUse or AddressUnavailable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named: asyncio turns Nagle's algorithm off only for sockets that say they are TCP, and with
    # it on, a second small frame waits 40 ms for the client's delayed acknowledgement.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Before it listens, as those that are accepted have it from this one. Linux makes it twice as much.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _UNREAD)
        bound.bind((host, port))
        # At once: on Linux two sockets with SO_REUSEADDR can bind the same port until one of them listens.
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressInUse(host, port) from None
        if error.errno in _UNAVAILABLE or isinstance(error, socket.gaierror):
            raise AddressUnavailable(host, port, error) from None
        raise
    return bound
