"""Wire models of the social dialect to domain values and back. Pure: nothing here reads, waits or decides."""

from datetime import datetime
from typing import Final

from pydantic import MISSING, TypeAdapter, ValidationError

from palaver_runtime.dialects._details import details
from palaver_runtime.dialects._voice import Notification
from palaver_runtime.domain import errors, values
from palaver_runtime.domain.commands import SendDirect, SendMessage
from palaver_runtime.domain.events import Event, MessageCreated, TypingChanged
from palaver_wire.social import models
from palaver_wire.social.table import CONNECTED, ERROR, NEW_MESSAGE, USER_TYPING

# From the wire.


def send_command(message: models.NewMessage) -> SendDirect | SendMessage:
    """Read a message to send, to somebody or into a conversation; REST and the event say the same."""
    content, url = message.content, message.attachment_url
    attachments = () if url is MISSING else (values.Attachment(file_id=url),)
    client_id = None if message.client_message_id is MISSING else message.client_message_id
    recipient_id, conversation_id = message.recipient_id, message.conversation_id
    if recipient_id is MISSING:
        if conversation_id is MISSING:
            raise errors.Invalid.field("/recipientId", "is missing, and there is no conversationId in its place")
        return SendMessage(
            conversation_id=conversation_id, content=content, attachments=attachments, client_id=client_id
        )
    if conversation_id is not MISSING:
        raise errors.Invalid.field("/conversationId", "cannot be combined with recipientId")
    return SendDirect(recipient_id=recipient_id, content=content, attachments=attachments, client_id=client_id)


# To the wire.


def message(value: values.Message) -> models.Message:
    """Write a message."""
    url = _attachment_url(value)
    return models.Message(
        id=value.id,
        conversation_id=value.conversation_id,
        sender_id=value.sender_id,
        content=value.content,
        attachment_url=MISSING if url is None else url,
        client_message_id=MISSING if value.client_id is None else value.client_id,
        sequence=value.sequence,
        is_edited=value.edited,
        is_deleted=value.deleted,
        created_at=value.created_at,
        updated_at=value.updated_at,
    )


def conversation(value: values.SidedSummary) -> models.Conversation:
    """Write a conversation as its caller finds it."""
    found, last = value.summary.conversation, value.summary.last_message
    return models.Conversation(
        id=found.id,
        name=MISSING if found.name is None else found.name,
        participants=[
            models.Participant(
                user_id=each.user_id,
                username=MISSING if each.profile.name is None else each.profile.name,
                display_name=MISSING if each.profile.display_name is None else each.profile.display_name,
                unread_count=value.unread.get(each.user_id, MISSING),
            )
            for each in found.participants
        ],
        last_message=MISSING if last is None else message(last),
        last_message_at=MISSING if last is None else last.created_at,
        unread_count=value.summary.unread,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def read_mark(conversation_id: str, value: values.ReadMark) -> models.ReadMark:
    """Write a read mark for REST."""
    return models.ReadMark(
        conversation_id=conversation_id,
        unread_count=value.unread,
        last_read_message_id=MISSING if value.message_id is None else value.message_id,
    )


def read_mark_ack(value: values.ReadMark) -> models.MarkReadAck:
    """Write a read mark as an acknowledgement."""
    return models.MarkReadAck(
        success=True,
        unread_count=value.unread,
        last_read_message_id=MISSING if value.message_id is None else value.message_id,
    )


def reason(error: errors.ChatError) -> models.ErrorReason:
    """Write why something was refused: the one place where a refusal gets its wire shape."""
    return models.ErrorReason(
        code=models.ErrorCode(error.code),
        message=error.message[:_MESSAGE_LENGTH],
        details=details(error, models.ErrorDetails),
    )


def refused(error: errors.ChatError) -> models.Refused:
    """Write a refusing acknowledgement."""
    return models.Refused(success=False, error=reason(error))


def error_body(error: errors.ChatError) -> models.ErrorBody:
    """Write a refusing REST answer."""
    return models.ErrorBody(error=reason(error))


def error_event(error: errors.ChatError, at: datetime, original_event: str | None) -> Notification:
    """Write an `error` event; `original_event` is None when it is about the connection."""
    why = reason(error)
    return ERROR.of(
        models.ErrorEvent(
            code=why.code,
            message=why.message,
            timestamp=at,
            original_event=MISSING if original_event is None else original_event[:_EVENT_NAME_LENGTH],
            details=why.details,
        )
    )


def connected(user_id: str, at: datetime) -> Notification:
    """Write the greeting of a connection."""
    return CONNECTED.of(models.Connected(user_id=user_id, timestamp=at))


def notification(event: Event) -> Notification | None:
    """Write a domain event; None for what this wire has no word for, of which the history tells."""
    match event:
        case MessageCreated(message=value):
            return NEW_MESSAGE.of(message(value))
        case TypingChanged(conversation_id=conversation_id, user_id=user_id, active=active):
            return USER_TYPING.of(models.UserTyping(conversation_id=conversation_id, user_id=user_id, is_typing=active))
        case _:
            return None


def _attachment_url(value: values.Message) -> str | None:
    """Find the first attachment that is an address: others refer to files in another service, which say nothing here.

    Who shows an address lets people follow it, so it is none of a kind that runs as a script.
    """
    return next((each.file_id for each in value.attachments if _is_address(each.file_id)), None)


def _is_address(text: str) -> bool:
    try:
        _ADDRESS.validate_python(text, strict=True)
    except ValidationError:
        return False
    return True


_ADDRESS: Final[TypeAdapter[str]] = TypeAdapter(models.AttachmentUrl)
_MESSAGE_LENGTH: Final = 1000
_EVENT_NAME_LENGTH: Final = 255
