"""What a listener asks of a connection before any application sees it: few enough, quick enough, small enough."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from palaver_runtime.transports.census import Census, ListenerLimits
from palaver_runtime.transports.channel import Shared
from palaver_runtime.transports.inflow import Inflow
from palaver_runtime.transports.request import Request
from palaver_runtime.transports.threshold import COMING, House, account_of, open_websocket
from palaver_runtime.transports.timers import Timer, Timers

_CLOSING: Final = 1.0
"""Seconds in which a connection that is refused may read why."""


class GuardedHttp(HttpToolsProtocol):
    """Uvicorn's httptools protocol, bounded: the original waits for ever, for headers without end.

    Of uvicorn 0.54: `cycle.more_body` tells whether a body is still to come, `cycle.default_headers` are those that a
    response has beside its own, and `send_400_response` answers what could not be parsed.
    """

    limits: ListenerLimits
    census: Census
    shared: Shared
    headers_at: Mapping[bytes, Mapping[bytes, bytes]]
    requests: Timers

    _counted: str | None = None
    _flow: Inflow
    _head: int = 0
    _unwanted: int = 0
    _in_head = True
    _too_long = False
    _request_timer: Timer | None = None
    _write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let a connection in, or cut it off: to say why would cost as much as to serve it."""
        super().connection_made(transport)
        self._counted = self.census.enter(self.client[0] if self.client else "")
        self._begin(transport)
        if self._counted is None:
            transport.abort()
        else:
            self._expect_request()
            self._flow.charge(COMING)

    def take_over(self, transport: asyncio.Transport, counted: str, request_timer: Timer) -> None:
        """Go on with a connection that is in, and whose time to ask has begun."""
        super().connection_made(transport)
        self._counted = counted
        self._begin(transport)
        request_timer.call = self._late
        self._request_timer = request_timer

    def _begin(self, transport: asyncio.Transport) -> None:
        peer = self.client[0] if self.client else ""
        self._flow = Inflow(transport, account_of(self.limits, self._counted or "", peer))
        self.flow = self._flow

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the connection no more."""
        self._stop(self._request_timer, self._write_timer)
        self._flow.leave()
        if self._counted is not None:
            self.census.leave(self._counted)
            self._counted = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the headers are too long, or too much is sent to one who has answered already."""
        if self._counted is None or self._flow.stopped:
            return
        with self._flow:
            self._receive(data)
        if self._counted is not None:
            self._flow.pace(len(data))

    def _receive(self, data: bytes) -> None:
        if self._in_head:
            if self._request_timer is None:
                self._expect_request()
            self._head += len(data)
        elif self.cycle is not None and self.cycle.response_complete:
            self._unwanted += len(data)
            if self._unwanted > self.limits.max_unwanted_bytes:
                # Cut off at once, it would be back at once, and might not have read its answer.
                self._flow.stop()
                self.limits.refused("body_bytes")
                self.loop.call_later(_CLOSING, self.transport.abort)
                return
        super().data_received(data)
        if self._in_head and self._head > self.limits.max_header_bytes and not self.transport.is_closing():
            self._too_long = True
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Hand a request over, unless its headers are too long."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.limits.max_header_bytes:
            self._too_long = True
            raise httptools.HttpParserError("headers too long")
        self._in_head = False
        self._head = 0
        before = self.cycle
        super().on_headers_complete()
        if self.headers_at and self.cycle is not before:
            own = self.headers_at.get(self.url.partition(b"?")[0], {})
            usual = [header for header in self.server_state.default_headers if header[0] not in own]
            self.cycle.default_headers = [*usual, *own.items()]

    def on_message_complete(self) -> None:
        """Note that nothing more is to come of a request."""
        self._stop(self._request_timer)
        self._request_timer = None
        self._in_head = True
        self._unwanted = 0
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the protocol of websockets, its place among the others included."""
        self._stop(self._request_timer, self._write_timer)
        self._flow.leave()
        self.connections.discard(self)
        counted, self._counted = self._counted, None
        assert counted is not None, "it has been let in"
        request = Request(
            method=self.parser.get_method(),
            target=self.url,
            version=self.parser.get_http_version(),
            headers=tuple(self.headers),
            secure=self.scheme == "https",
            client=self.client,
            root_path=self.root_path,
            asgi_version=self.asgi_version,
            state=self.app_state.copy(),
        )
        self.parser = None  # type: ignore[assignment]  # it has this, too, and only the collector of garbage would see it
        open_websocket(self.house(self.config, self.server_state, self.app_state), self.transport, counted, request)

    def send_400_response(self, msg: str) -> None:
        """Refuse what could not be parsed, or is too long."""
        if not self._too_long:
            super().send_400_response(msg)
            return
        self.limits.refused("header_bytes")
        lines = b"".join(b"%s: %s\r\n" % header for header in self.server_state.default_headers)
        self.transport.write(STATUS_LINE[431] + lines + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
        # A peer that goes on sending does not read, and would be waited for.
        self.loop.call_later(_CLOSING, self.transport.abort)

    def pause_writing(self) -> None:
        """Wait for the client to read, yet not for ever."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(self.limits.write_seconds, self._unread)

    def resume_writing(self) -> None:
        """Note that the client reads."""
        self._stop(self._write_timer)
        super().resume_writing()

    def _expect_request(self) -> None:
        self._stop(self._request_timer)
        self._request_timer = self.requests.set(self._late)

    def _late(self) -> None:
        """Cut off who takes too long to say what is wanted."""
        self.limits.refused("handshake_seconds")
        self.transport.abort()

    def _unread(self) -> None:
        self.limits.refused("outbound_bytes")
        self.transport.abort()

    @staticmethod
    def _stop(*timers: Timer | asyncio.TimerHandle | None) -> None:
        for timer in timers:
            if timer is not None:
                timer.cancel()

    @classmethod
    def house(cls, config: Config, state: ServerState, app_state: dict[str, Any]) -> House:
        """Give what connections of a server come to."""
        if not config.loaded:
            config.load()
        return House(
            limits=cls.limits,
            census=cls.census,
            shared=cls.shared,
            requests=cls.requests,
            state=state,
            app=config.loaded_app,
            app_state=app_state,
            root_path=config.root_path,
            asgi_version=config.asgi_version,
            max_message_bytes=config.ws_max_size,
            http=partial(cls, config, state, app_state),
        )


def guarded(limits: ListenerLimits, headers_at: Mapping[str, Mapping[str, str]] | None = None) -> type[GuardedHttp]:
    """Return the protocol of one server, whose websockets are counted with all its connections.

    `headers_at` are headers of responses at some paths, in place of those of the same names that every response has.
    """
    census = Census(limits)
    others = {
        path.encode(): {name.encode(): value.encode() for name, value in headers.items()}
        for path, headers in (headers_at or {}).items()
    }
    bound = {
        "limits": limits,
        "census": census,
        "shared": Shared(limits, census),
        "headers_at": others,
        "requests": Timers(limits.request_seconds),
    }
    return type("Http", (GuardedHttp,), bound)
