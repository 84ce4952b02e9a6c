"""One client in one namespace, as the dialect sees it."""

from collections.abc import Iterable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from palaver_runtime.transports import gathering
from palaver_runtime.transports.socketio import packets
from palaver_runtime.transports.text_frame import TextFrame

S = TypeVar("S")

_MESSAGE: Final = "4"
"""The Engine.IO type of a frame that carries a Socket.IO packet."""


class Carrier(gathering.Carrier, Protocol):
    """The transport below a connection."""

    def enqueue(self, frame: TextFrame) -> None:
        """Queue an encoded Engine.IO frame; never blocks; dropped once the carrier is closing."""
        ...

    def share(self, carriers: "Sequence[Carrier]", frame: TextFrame, since: float | None = None) -> None:
        """Queue a frame for all of these, who are all of one transport, this one among them.

        `since` is the moment of perf_counter() since when they may have it, for those who measure how long it takes.
        """
        ...

    def finish(self, reason: str) -> None:
        """Close once everything queued so far has been sent."""
        ...


class Connection(Generic[S]):
    """A client's connection to a namespace.

    All methods are synchronous and never block. What is emitted, acknowledged and closed keeps its order.
    """

    __slots__ = ("_carrier", "_closed", "id", "namespace", "state")

    def __init__(self, id: str, namespace: str, carrier: Carrier) -> None:  # noqa: A002
        self.id = id
        self.namespace = namespace
        #: The dialect's own session; None until the dialect sets it.
        self.state: S | None = None
        self._carrier = carrier
        self._closed = False

    def __repr__(self) -> str:
        return f"<Connection {self.id} {self.namespace}{' closed' if self._closed else ''}>"

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._closed

    def emit(self, event: str, payload: object) -> None:
        """Send an event with one argument; after close a no-op. Raise TypeError when it has no JSON form."""
        if not self._closed:
            self._send(packets.event_packet(self.namespace, event, payload))

    def acknowledge(self, ack: str, arguments: list[object]) -> None:
        """Send the acknowledgement of the event that carried the id `ack`; for the transport alone."""
        if not self._closed:
            self._send(packets.ack_packet(self.namespace, ack, arguments))

    def close(self, reason: str, error: str | None = None) -> None:  # noqa: ARG002 - the wire has no place for it
        """Disconnect the client after everything sent so far; what it sent and still waits is not handled.

        `error` is the code of the error that is why, if that is one.
        """
        if self._closed:
            return
        self._send(packets.disconnect_packet(self.namespace))
        self._closed = True
        self._carrier.finish(reason)

    def detach(self) -> None:
        """Note that the peer is gone: from now on everything sent is dropped; for the transport alone."""
        self._closed = True

    def _send(self, text: str) -> None:
        self._carrier.enqueue(TextFrame(_MESSAGE + text))


def broadcast(connections: Iterable[Connection[S]], event: str, payload: object, since: float | None = None) -> None:
    """Emit one event to many connections, encoded once for each namespace among them.

    `since` is the moment of perf_counter() since when they may have it.
    """
    carriers: dict[str, list[Carrier]] = {}
    those: list[Carrier] = []
    namespace: str | None = None
    for connection in connections:
        if not connection._closed:
            # Mostly all are in one.
            if connection.namespace is not namespace:
                namespace = connection.namespace
                those = carriers.setdefault(namespace, [])
            those.append(connection._carrier)
    for namespace, those in carriers.items():
        those[0].share(those, TextFrame(_MESSAGE + packets.event_packet(namespace, event, payload)), since)
