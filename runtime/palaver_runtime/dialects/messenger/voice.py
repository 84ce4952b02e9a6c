"""What the messenger says over its connections."""

from datetime import datetime

from palaver_runtime.dialects._voice import Notification, Session, bearer
from palaver_runtime.dialects.messenger import codec
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.domain.events import Event
from palaver_runtime.transports.sockets import Acknowledgement, Handshake


class MessengerVoice:
    """Implements `Voice`: nobody is greeted, and a refusal is told once."""

    def token(self, handshake: Handshake) -> str | None:
        """Find the token: in `auth`, else in the header."""
        offered = handshake.auth.get("token")
        if offered:
            return offered if isinstance(offered, str) else None
        return bearer(handshake.headers)

    def greeting(self, session: Session, at: datetime) -> None:  # noqa: ARG002
        """Say nothing: an acknowledgement is the first that a client hears."""
        return

    def error(self, error: ChatError, at: datetime, event: str | None, *, acknowledged: bool) -> Notification | None:
        """Say why, unless the acknowledgement says so."""
        return None if acknowledged else codec.error_event(error, at, event)

    def refused(self, error: ChatError) -> Acknowledgement:
        """Say no in an acknowledgement."""
        return codec.refusal(error)

    def notifications(self, event: Event) -> tuple[Notification | None, Notification | None]:
        """Tell what happened, except of who came and went: there is no word for that."""
        told = codec.notification(event)
        return told, told
