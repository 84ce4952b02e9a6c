"""What the social dialect says over its connections."""

from datetime import datetime

from palaver_runtime.dialects._voice import Notification, Session, bearer
from palaver_runtime.dialects.social import codec
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.domain.events import Event
from palaver_runtime.transports.sockets import Acknowledgement, Handshake


class SocialVoice:
    """Implements `Voice`: everything is greeted, and every refusal is told by an `error` event too."""

    def token(self, handshake: Handshake) -> str | None:
        """Find the token: in `auth`, else in the header."""
        offered = handshake.auth.get("token")
        if offered:
            return offered if isinstance(offered, str) else None
        return bearer(handshake.headers)

    def greeting(self, session: Session, at: datetime) -> Notification:
        """Say who the client is."""
        return codec.connected(session.caller.user_id, at)

    def error(self, error: ChatError, at: datetime, event: str | None, *, acknowledged: bool) -> Notification:  # noqa: ARG002
        """Say why, whether an acknowledgement says so too or not."""
        return codec.error_event(error, at, event)

    def refused(self, error: ChatError) -> Acknowledgement:
        """Say no in an acknowledgement."""
        return codec.refused(error)

    def notifications(self, event: Event) -> tuple[Notification | None, Notification | None]:
        """Tell what happened; both sides hear the same."""
        told = codec.notification(event)
        return told, told
