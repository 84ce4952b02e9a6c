"""What a transport that holds connections open needs from the one who gives its traffic a meaning."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal, Protocol, TypeAlias, TypeVar

from mypy_extensions import mypyc_attr

C = TypeVar("C", contravariant=True)


class _NoAck(Enum):
    NO_ACK = "no acknowledgement"


NO_ACK: Final = _NoAck.NO_ACK
"""Returned in place of an acknowledgement: nothing is sent, even when the client asked."""


class _NotNow(Enum):
    NOT_NOW = "not now"


NotNow: TypeAlias = Literal[_NotNow.NOT_NOW]
NOT_NOW: Final = _NotNow.NOT_NOW
"""Returned by what is to be done at once where that cannot be: nothing is done yet."""

Acknowledgement: TypeAlias = object | Literal[_NoAck.NO_ACK]
"""One JSON-able value or a model, sent as the only argument. None is the acknowledgement without arguments."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Pending:
    """An acknowledgement that is still to come."""

    __slots__ = ()

    @property
    def alone(self) -> bool:
        """Whether nothing else of the connection is to be begun before it has come."""
        return False

    @property
    def done(self) -> bool:
        """Whether it has come, or something else in its place."""
        raise NotImplementedError

    def when_done(self, told: Callable[[], None]) -> None:
        """Tell when it has come, or something else in its place; once, and not before this returns."""
        raise NotImplementedError

    def result(self) -> Acknowledgement:
        """Give it, once it has come; raise what `receive` would, and CancelledError where it was given up."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Give up what is done for it, as far as that can be."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Handshake:
    """Every place where a client can put a credential, none of which is shown by repr()."""

    #: The object of the CONNECT packet, {} when it had none or the transport has no such packet.
    auth: Mapping[str, object] = field(repr=False)
    #: Query parameters of the opening request; the first value of a repeated one.
    query: Mapping[str, str] = field(repr=False)
    #: Headers of the opening request by lower-case name; repeated ones joined by ", ". Those by which a websocket
    #: itself is negotiated can be missing.
    headers: Mapping[str, str] = field(repr=False)
    namespace: str
    #: The peer's IP address, "" when the server does not tell.
    address: str


class SocketDialect(Protocol[C]):
    """Handles the traffic of connections of type `C`.

    For one connection all is called one after the other: connect, then receive for each event in the order of
    arrival, then disconnect. The plain methods must not block. Where an acknowledgement is pending nothing else is
    asked for the connection before it has come, but for events that `keeps_order`.
    """

    async def connect(self, connection: C, handshake: Handshake) -> bool:
        """Return whether the client is accepted.

        False or an exception disconnects it, after all that was emitted: the client is connected already, so an
        event that says why reaches it. What was begun for a refused client is undone here, as disconnect is not
        called for it.
        """
        ...

    def disconnect(self, connection: C, reason: str) -> None:
        """Take leave of an accepted connection, once, when nothing more can be sent to it."""
        ...

    def keeps_order(self, event: str) -> bool:
        """Tell whether such events can be under way together, as they take effect in the order in which they are begun.

        It is so for messages, which are made durable together.
        """
        ...

    async def receive(
        self, connection: C, event: str, arguments: Sequence[str], acknowledge: bool
    ) -> Acknowledgement | Pending:
        """Handle an event whose arguments are raw JSON texts; the result counts if `acknowledge`.

        It can be pending where the event `keeps_order`.
        """
        ...

    def receive_at_once(
        self, connection: C, event: str, arguments: Sequence[str], acknowledge: bool
    ) -> Acknowledgement | NotNow | Pending:
        """Begin to handle an event as `receive` does, if that can be begun at once; else NOT_NOW, with nothing done."""
        ...

    def oversized(self, connection: C, event: str | None, size: int, acknowledge: bool) -> Acknowledgement:
        """Answer an event of more bytes than are read; `event` is None when its name could not be read."""
        ...

    def binary(self, connection: C, event: str, acknowledge: bool) -> Acknowledgement:
        """Answer an event with binary attachments, which are not supported and were thrown away."""
        ...

    def failed(self, connection: C, event: str | None, acknowledge: bool) -> Acknowledgement:
        """Answer an event whose receive raised (the exception is logged); None stands for connect."""
        ...
