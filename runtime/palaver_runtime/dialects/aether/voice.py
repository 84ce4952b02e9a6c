"""What aether says over its connections."""

from datetime import datetime

from palaver_runtime.dialects._voice import Notification, Session
from palaver_runtime.dialects.aether import codec
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.domain.events import Event
from palaver_runtime.transports.sockets import NO_ACK, Acknowledgement, Handshake


class AetherVoice:
    """Implements `Voice`: events alone, and no acknowledgements."""

    def token(self, handshake: Handshake) -> str | None:
        """Find the token in `auth`; other places do not count."""
        offered = handshake.auth.get("token")
        return offered if isinstance(offered, str) else None

    def greeting(self, session: Session, at: datetime) -> Notification:  # noqa: ARG002
        """Say who the client is."""
        return codec.connected(session.caller)

    def error(self, error: ChatError, at: datetime, event: str | None, *, acknowledged: bool) -> Notification:  # noqa: ARG002
        """Say why."""
        return codec.error_event(error, at, event)

    def refused(self, error: ChatError) -> Acknowledgement:  # noqa: ARG002
        """Leave it to the `error` event."""
        return NO_ACK

    def notifications(self, event: Event) -> tuple[Notification | None, Notification | None]:
        """Tell what happened."""
        return codec.notifications(event)
