"""What the server says of its own accord."""

from datetime import datetime

from desk_wire.desk import models, table
from palaver_runtime.kit import (
    Acknowledgement,
    ChatError,
    ConversationCreated,
    Event,
    Handshake,
    MessageCreated,
    Notification,
    Session,
    details,
)
from pydantic import MISSING

from desk import codec


class DeskVoice:
    """Implements `Voice` of palaver_runtime.kit."""

    def token(self, handshake: Handshake) -> str | None:
        """Find the token where the documents have it."""
        token = handshake.auth.get("token")
        return token if isinstance(token, str) else None

    def greeting(self, session: Session, at: datetime) -> Notification:
        """Say who the client is."""
        return table.WELCOME.of(models.Welcome(user_id=session.caller.user_id))

    def error(self, error: ChatError, at: datetime, event: str | None, *, acknowledged: bool) -> Notification | None:
        """Say why not, unless the acknowledgement does."""
        if acknowledged:
            return None
        return table.PROBLEM.of(
            models.Problem(
                code=models.ErrorCode(error.code),
                message=error.message[:1000],
                event=MISSING if event is None else event[:255],
                details=details(error, models.ErrorDetails),
            )
        )

    def refused(self, error: ChatError) -> Acknowledgement:
        """Say no in an acknowledgement."""
        return codec.refused(error)

    def notifications(self, event: Event) -> tuple[Notification | None, Notification | None]:
        """Tell what happened: to the others, and to the user whom it is about."""
        told = self._told(event)
        return told, told

    def _told(self, event: Event) -> Notification | None:
        """Write an event of the core; None where the documents have no word for it.

        What the desk announces itself needs none here.
        """
        match event:
            case MessageCreated(message=message):
                return table.MESSAGE_NEW.of(codec.message(message))
            case ConversationCreated(conversation=conversation):
                return table.TICKET_OPENED.of(codec.ticket(conversation))
            case _:
                return None
