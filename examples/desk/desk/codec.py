"""Values of the core in the words of the documents. Pure: nothing here reads, waits or decides."""

from desk_wire.desk import models
from palaver_runtime.kit import ChatError, Conversation, Message, SignedIn, details
from pydantic import MISSING

from desk.tickets import State


def message(value: Message) -> models.Message:
    """Write a message."""
    return models.Message(
        id=value.id,
        ticket_id=value.conversation_id,
        from_=value.sender_id,
        text=value.content,
        number=value.sequence,
        revision=value.revision,
        edited=value.edited,
        deleted=value.deleted,
        client_id=MISSING if value.client_id is None else value.client_id,
        at=value.created_at,
    )


def ticket(value: Conversation, unread: int | None = None) -> models.Ticket:
    """Write a ticket; how much is unread is the caller's own."""
    state = State.of(value)
    return models.Ticket(
        id=value.id,
        subject=MISSING if value.name is None else value.name,
        status=state.status,
        customer=value.created_by,
        agent=MISSING if state.agent is None else state.agent,
        members=[each.user_id for each in value.participants],
        unread=MISSING if unread is None else unread,
        revision=value.revision,
    )


def session(value: SignedIn) -> models.Session:
    """Write what signing in gives."""
    user = models.User(id=value.user.id, name=MISSING if value.user.name is None else value.user.name)
    return models.Session(
        token=value.access_token, refresh_token=value.refresh_token, expires_in=value.expires_in, user=user
    )


def refused(error: ChatError) -> models.Refused:
    """Write a refusal: the body of a REST answer, and an acknowledgement."""
    return models.Refused(
        error=models.Reason(
            code=models.ErrorCode(error.code),
            message=error.message[:1000],
            details=details(error, models.ErrorDetails),
        )
    )
