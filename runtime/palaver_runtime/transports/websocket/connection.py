"""One client, as the dialect sees it."""

from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from palaver_runtime.transports import gathering
from palaver_runtime.transports.encoding import encode
from palaver_runtime.transports.text_frame import TextFrame

S = TypeVar("S")


class Carrier(gathering.Carrier, Protocol):
    """The websocket below a connection."""

    def enqueue(self, frame: TextFrame) -> None:
        """Queue an encoded frame; never blocks; dropped once the carrier is closing."""
        ...

    def share(self, carriers: "Sequence[Carrier]", frame: TextFrame, since: float | None = None) -> None:
        """Queue a frame for all of these, who are all of one transport, this one among them.

        `since` is the moment of perf_counter() since when they may have it, for those who measure how long it takes.
        """
        ...

    def finish(self, reason: str, error: str | None = None) -> None:
        """Close once everything queued so far has been sent; `error` is the code of the error that is why."""
        ...


class Connection(Generic[S]):
    """A client's connection.

    All methods are synchronous and never block. What is emitted and closed keeps its order.
    """

    __slots__ = ("_carrier", "_closed", "id", "state")

    def __init__(self, id: str, carrier: Carrier) -> None:  # noqa: A002
        self.id = id
        #: The dialect's own session; None until the dialect sets it.
        self.state: S | None = None
        self._carrier = carrier
        self._closed = False

    def __repr__(self) -> str:
        return f"<Connection {self.id}{' closed' if self._closed else ''}>"

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._closed

    def emit(self, event: str, payload: object) -> None:  # noqa: ARG002
        """Send a frame, which is the whole payload, its tag included; after close a no-op.

        Raise TypeError when it has no JSON form.
        """
        if not self._closed:
            self._carrier.enqueue(TextFrame(encode(payload)))

    def close(self, reason: str, error: str | None = None) -> None:
        """Disconnect the client after everything sent so far; what it sent and still waits is not handled.

        `error` is the code of the error that is why, if that is one.
        """
        if not self._closed:
            self._closed = True
            self._carrier.finish(reason, error)

    def detach(self) -> None:
        """Note that the peer is gone: from now on everything sent is dropped; for the transport alone."""
        self._closed = True


def broadcast(
    connections: Iterable[Connection[S]],
    event: str,  # noqa: ARG001
    payload: object,
    since: float | None = None,
) -> None:
    """Emit one frame to many connections, encoded once.

    `since` is the moment of perf_counter() since when they may have it.
    """
    carriers: list[Carrier] = [each._carrier for each in connections if not each._closed]
    if carriers:
        carriers[0].share(carriers, TextFrame(encode(payload)), since)
