"""The driver that a handshake takes."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from palaver_conformance.contract.model import Handshake
from palaver_conformance.drivers.socketio import Listener, SocketConnection
from palaver_conformance.drivers.websocket import WebSocketConnection
from palaver_conformance.evidence.trace import Wire


class Connection(Protocol):
    """A client's connection, whatever the transport."""

    async def open(
        self,
        url: str,
        path: str,
        *,
        auth: Mapping[str, object] | None,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        patience: float,
        slow: bool = False,
    ) -> None:
        """Connect, within `patience` seconds. A `slow` one leaves little room for what it has not read.

        Raises Unreachable when there is no server, Failure when it refuses.
        """

    async def emit(self, event: str, payload: object) -> None:
        """Send an event without asking for an acknowledgement."""

    async def emit_in_pieces(self, event: str, payload: object, count: int) -> None:
        """Send an event as one WebSocket message of so many fragments, or one more."""

    async def request(self, event: str, payload: object) -> asyncio.Future[list[object]]:
        """Send an event, and return the future of its acknowledgement's arguments."""

    async def send_message(self, message: str) -> None:
        """Send a message of the transport as it is."""

    async def send_frame(self, frame: str | bytes) -> None:
        """Send a WebSocket frame as it is."""

    def hold(self) -> None:
        """Read nothing that arrives from now on, until `read_on()`."""

    def read_on(self) -> None:
        """Read what has arrived meanwhile, and go on."""

    async def close(self) -> None:
        """Close, and wait until that is done."""

    async def abort(self) -> None:
        """Cut the connection without a word, and wait until that is done."""


def connection_for(handshake: Handshake, wire: Wire, listener: Listener) -> Connection:
    """Return a connection that is not open yet, of the transport that the documents name."""
    if handshake.tag is not None:
        return WebSocketConnection(handshake.tag, wire, listener)
    return SocketConnection(handshake.namespace, wire, listener)
