"""Who is at the other end of a connection, what a connection is to a dialect, and what the dialect says over it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol, TypeAlias

from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects._patience import Patience
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.domain.events import Event
from palaver_runtime.domain.values import Caller
from palaver_runtime.services.limits import Asker
from palaver_runtime.transports.sockets import Acknowledgement, Handshake
from palaver_wire.contract import WireModel

Notification: TypeAlias = tuple[str, WireModel]
"""An event's name and its payload."""


class Session:
    """Who is at the other end of a connection, and how to tell just that one something: an event and its payload.

    `address` is that by which it is counted.
    """

    __slots__ = ("asker", "caller", "member", "patience", "tell")

    def __init__(
        self,
        caller: Caller,
        member: Member,
        tell: Callable[[str, dict[str, object] | WireModel], None],
        address: str = "",
    ) -> None:
        self.caller: Final = caller
        self.member: Final = member
        self.tell: Final = tell
        self.asker: Final = Asker(address, caller.user_id)
        self.patience: Final = Patience()


class Line(Protocol):
    """A connection, as its transport gives it."""

    #: The session, None until the client is admitted.
    state: Session | None

    @property
    def id(self) -> str:
        """Name the connection, uniquely."""
        ...

    def emit(self, event: str, payload: object) -> None:
        """Send an event. Never blocks."""
        ...

    def close(self, reason: str, error: str | None = None) -> None:
        """Disconnect the client after everything sent so far; `error` is the code of the error that is why."""
        ...


class Voice(Protocol):
    """What a dialect says over its connections, in its own words. Pure: nothing here waits or decides."""

    def token(self, handshake: Handshake) -> str | None:
        """Find the token in the places where the documents allow it."""
        ...

    def greeting(self, session: Session, at: datetime) -> Notification | None:
        """Say that the connection is ready, before anything else."""
        ...

    def error(self, error: ChatError, at: datetime, event: str | None, *, acknowledged: bool) -> Notification | None:
        """Say why something is refused; `event` is None when it is the connection.

        `acknowledged` tells that `refused` says it too.
        """
        ...

    def refused(self, error: ChatError) -> Acknowledgement:
        """Say no in an acknowledgement that was asked for."""
        ...

    def notifications(self, event: Event) -> tuple[Notification | None, Notification | None]:
        """Tell what happened: to the others, and to the user whom it is about.

        Both are the same where nobody in particular is meant; None where the dialect has no word for it.
        """
        ...


def bearer(headers: Mapping[str, str]) -> str | None:
    """Find a bearer token among headers whose names are in lower case."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
