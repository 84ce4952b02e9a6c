"""What the envelope says over its connections."""

from datetime import datetime

from palaver_runtime.dialects._voice import Notification, Session, bearer
from palaver_runtime.dialects.envelope import codec
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.domain.events import Event
from palaver_runtime.transports.sockets import NO_ACK, Acknowledgement, Handshake


class EnvelopeVoice:
    """Implements `Voice`: everything is a frame, and nothing is acknowledged."""

    def token(self, handshake: Handshake) -> str | None:
        """Find the token: in the query, else in the header."""
        return handshake.query.get("token") or bearer(handshake.headers)

    def greeting(self, session: Session, at: datetime) -> Notification:
        """Say who the client is."""
        return codec.connected(session.caller.user_id, at)

    def error(self, error: ChatError, at: datetime, event: str | None, *, acknowledged: bool) -> Notification:  # noqa: ARG002
        """Say why."""
        return codec.error_frame(error, at, event)

    def refused(self, error: ChatError) -> Acknowledgement:  # noqa: ARG002
        """Leave it to the `error` frame."""
        return NO_ACK

    def notifications(self, event: Event) -> tuple[Notification | None, Notification | None]:
        """Tell what happened."""
        return codec.notifications(event)
