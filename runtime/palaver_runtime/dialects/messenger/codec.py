"""Messenger wire models to domain values and back. Pure: nothing here reads, waits or decides."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import MISSING

from palaver_runtime.dialects._details import details
from palaver_runtime.dialects._reading import distinct
from palaver_runtime.dialects._voice import Notification
from palaver_runtime.domain import errors, values
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.events import Event, MessageCreated, PresenceChanged, ReadMarked
from palaver_wire.messenger import models
from palaver_wire.messenger.table import (
    ERROR,
    MESSAGE_NEW,
    MESSAGE_READ,
    MESSAGE_SENT,
    STATUS_OFFLINE,
    STATUS_ONLINE,
)

# From the wire.


def send_command(request: models.SendMessage) -> SendMessage:
    """Read a message to send."""
    return SendMessage(
        conversation_id=request.conversation_id,
        content=request.content,
        kind=values.MessageKind(request.type.value),
        client_id=None if request.client_message_id is MISSING else request.client_message_id,
    )


def create_command(request: models.CreateConversation) -> CreateConversation:
    """Read a conversation to create."""
    return CreateConversation(
        type=values.ConversationType(request.type.value),
        user_ids=distinct(request.member_ids, "/memberIds"),
        name=None if request.name is MISSING else request.name,
    )


# To the wire.


def message(value: values.Message) -> models.Message:
    """Write a message; attachments, metadata and what it replies to have no word here."""
    return models.Message(
        id=value.id,
        conversation_id=value.conversation_id,
        sender_id=value.sender_id,
        content=value.content,
        type=models.MessageType(value.kind.value),
        client_message_id=MISSING if value.client_id is None else value.client_id,
        sequence=value.sequence,
        is_edited=value.edited,
        is_deleted=value.deleted,
        created_at=value.created_at,
        updated_at=value.updated_at,
    )


def message_page(page: Sequence[values.Message], more: bool) -> models.MessagePage:
    """Write a page of the history, given by ascending sequence: the newest comes first."""
    return models.MessagePage(messages=[message(each) for each in reversed(page)], has_more=more)


def member(value: values.Participant) -> models.Member:
    """Write a participant, under the name to show if there is any."""
    name = value.profile.display_name or value.profile.name
    return models.Member(
        user_id=value.user_id,
        display_name=MISSING if name is None else name,
        role=models.Role(value.role.value),
        joined_at=value.joined_at,
    )


def conversation(value: values.ConversationSummary) -> models.Conversation:
    """Write a conversation as its caller finds it. What it was updated by here is a message."""
    found, last = value.conversation, value.last_message
    return models.Conversation(
        id=found.id,
        type=models.ConversationType(found.type.value),
        name=MISSING if found.name is None else found.name,
        members=[member(each) for each in found.participants],
        created_by=found.created_by,
        last_message=MISSING if last is None else message(last),
        unread_count=value.unread,
        created_at=found.created_at,
        updated_at=found.active_at,
    )


def unread(conversation_id: str, value: values.ReadMark) -> models.Unread:
    """Write how much is unread."""
    return models.Unread(
        conversation_id=conversation_id,
        unread_count=value.unread,
        last_read_message_id=MISSING if value.message_id is None else value.message_id,
    )


def refusal(error: errors.ChatError) -> models.Refusal:
    """Write why something was refused: the one place where a refusal gets its wire shape."""
    return models.Refusal(
        error=error.message[:_TEXT_LENGTH],
        code=models.ErrorCode(error.code),
        details=details(error, models.ErrorDetails),
    )


def error_event(error: errors.ChatError, at: datetime, original_event: str | None) -> Notification:
    """Write an `error` event; `original_event` is None when it is about the connection."""
    why = refusal(error)
    return ERROR.of(
        models.ErrorEvent(
            error=why.error,
            code=why.code,
            timestamp=at,
            original_event=MISSING if original_event is None else original_event[:_EVENT_NAME_LENGTH],
            details=why.details,
        )
    )


def sent(value: values.Message) -> Notification:
    """Write the confirmation to the connection that sent a message."""
    client_id = MISSING if value.client_id is None else value.client_id
    return MESSAGE_SENT.of(models.MessageSent(id=value.id, status="sent", client_message_id=client_id))


def notification(event: Event) -> Notification | None:
    """Write a domain event, the same for everybody who hears of it; None where there is no word for it.

    Edits and deletions are such, and whatever changes a conversation or who is in it.
    """
    match event:
        case MessageCreated(message=value):
            return MESSAGE_NEW.of(message(value))
        case ReadMarked():
            return MESSAGE_READ.of(
                models.MessageRead(
                    message_id=event.message_id,
                    read_by=event.user_id,
                    read_at=event.at,
                    conversation_id=event.conversation_id,
                    sequence=event.sequence,
                )
            )
        case PresenceChanged(user_id=user_id, online=online):
            return (STATUS_ONLINE if online else STATUS_OFFLINE).of(models.UserStatus(user_id=user_id))
        case _:
            return None


_TEXT_LENGTH = 1000
_EVENT_NAME_LENGTH = 255
