"""A connection that has just been let in: nearly all ask for a websocket at once, for which this is all of HTTP."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, Protocol, TypeAlias

import httptools
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from palaver_runtime.fairness import Account
from palaver_runtime.transports.census import Census, ListenerLimits
from palaver_runtime.transports.channel import Channel, Shared
from palaver_runtime.transports.conversation import converse
from palaver_runtime.transports.inflow import FETCHING
from palaver_runtime.transports.request import Request
from palaver_runtime.transports.timers import Timer, Timers

Peer: TypeAlias = tuple[str, int]
"""The address of who has connected, and the port."""

COMING: Final = 1.5e-4
"""Seconds of the loop that it takes to let a connection in and to take leave of it, which are not timed."""

_END: Final = b"\r\n\r\n"


class Http(Protocol):
    """The protocol of connections that ask for anything else."""

    def take_over(self, transport: asyncio.Transport, counted: str, request_timer: Timer) -> None:
        """Go on with a connection that is counted already, of which nothing has been read."""
        ...

    def data_received(self, data: bytes) -> None:
        """Read on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What all connections of one listener come to."""

    limits: ListenerLimits
    census: Census
    shared: Shared
    requests: Timers
    state: ServerState
    app: ASGIApp
    app_state: Mapping[str, Any]
    root_path: str
    asgi_version: str
    max_message_bytes: int
    http: Callable[[], Http]


class Threshold:
    """A connection of which nothing has been read yet, as an event loop and uvicorn see it.

    What is a whole request for a websocket, and is all that is there, becomes one. Anything else is for uvicorn's
    protocol, which is made then and finds all as if it had been there from the beginning. Like Channel it is what
    asyncio calls a protocol.
    """

    __slots__ = ("_account", "_counted", "_house", "_peer", "_timer", "_transport")

    def __init__(self, house: House, peer: Peer | None) -> None:
        self._house = house
        self._peer = peer
        self._counted: str | None = None
        self._account: Account | None = None
        self._timer: Timer | None = None
        self._transport: asyncio.Transport | None = None

    # -- for the event loop and uvicorn --

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Let a connection in, or cut it off: to say why would cost as much as to serve it."""
        house = self._house
        self._transport = transport
        peer = self._peer[0] if self._peer else ""
        counted = self._counted = house.census.enter(peer)
        if counted is None:
            transport.abort()
            return
        house.state.connections.add(self)  # type: ignore[arg-type]  # for uvicorn: one of its own protocols
        self._timer = house.requests.set(self._late)
        self._account = account_of(house.limits, counted, peer)
        if self._account is not None:
            self._account.charge(COMING)

    def data_received(self, data: bytes) -> None:
        """Find out what is asked for."""
        counted, timer, transport = self._counted, self._timer, self._transport
        if counted is None or timer is None or transport is None:
            return
        house, account = self._house, self._account
        began = perf_counter()
        request = self._request(data)
        self._counted = self._timer = self._transport = None
        house.state.connections.discard(self)
        if request is None:
            http = house.http()
            transport.set_protocol(http)  # type: ignore[arg-type]  # by what it does
            http.take_over(transport, counted, timer)
            http.data_received(data)
            return
        timer.cancel()
        if account is not None:
            account.charge(perf_counter() - began + len(data) * FETCHING)
        open_websocket(house, transport, counted, request)

    def eof_received(self) -> None:
        """Let the event loop close the connection."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Count the connection no more."""
        self._house.state.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._counted is not None:
            self._house.census.leave(self._counted)
            self._counted = None
        self._transport = None

    def pause_writing(self) -> None:
        """Nothing is written here."""

    def resume_writing(self) -> None:
        """Nothing is written here."""

    def shutdown(self) -> None:
        """End the connection, as the server stops."""
        if self._transport is not None:
            self._transport.close()

    # -- how that is done --

    def _late(self) -> None:
        """Cut off who takes too long to say what is wanted."""
        self._house.limits.refused("handshake_seconds")
        if self._transport is not None:
            self._transport.abort()

    def _request(self, data: bytes) -> Request | None:
        """Read a request for a websocket; None for what is none, or is not plainly one."""
        house = self._house
        if len(data) > house.limits.max_header_bytes or b"websocket" not in data or data.find(_END) != len(data) - 4:
            return None
        head = _Head()
        parser = httptools.HttpRequestParser(head)
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass
        except httptools.HttpParserError:
            return None
        else:
            return None
        if not head.asks_for_websocket():
            return None
        return Request(
            method=parser.get_method(),
            target=head.target,
            version=parser.get_http_version(),
            headers=tuple(head.headers),
            secure=False,
            client=self._peer,
            root_path=house.root_path,
            asgi_version=house.asgi_version,
            state=dict(house.app_state),
        )


class _Head:
    """Takes down what the parser finds."""

    __slots__ = ("headers", "target")

    def __init__(self) -> None:
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self.headers.append((name.lower(), value))

    def asks_for_websocket(self) -> bool:
        """Tell whether uvicorn would take it for such a request."""
        connection = upgrade = b""
        for name, value in self.headers:
            if name == b"connection":
                connection = value.lower()
            elif name == b"upgrade":
                upgrade = value.lower()
        return upgrade == b"websocket" and b"upgrade" in [each.strip() for each in connection.split(b",")]


def open_websocket(house: House, transport: asyncio.Transport, counted: str, request: Request) -> None:
    """Make a connection that is counted already a websocket, its place among the others included."""
    channel = Channel(transport, house.state, house.max_message_bytes, house.shared)
    channel.counted = counted
    transport.set_protocol(channel)  # type: ignore[arg-type]  # by what it does
    converse(channel, request, house.app)


def account_of(limits: ListenerLimits, counted: str, peer: str) -> Account | None:
    """Give the account to which a connection is charged.

    Whose a connection of a proxy is only its requests say; those are timed by the door.
    """
    return limits.fairness.account(counted) if counted and not limits.proxies.trusts(peer) else None
