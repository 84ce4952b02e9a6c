"""Gateway wire models to domain values and back. Pure: nothing here reads, waits or decides."""

from datetime import datetime
from typing import Final

from pydantic import MISSING

from palaver_runtime.dialects._details import details
from palaver_runtime.dialects._reading import distinct
from palaver_runtime.dialects._recent import Recent
from palaver_runtime.dialects._voice import Notification
from palaver_runtime.domain import errors, values
from palaver_runtime.domain.commands import CreateConversation, Missed, SendMessage, Synchronise
from palaver_runtime.domain.events import (
    ConversationCreated,
    ConversationUpdated,
    Event,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    ParticipantAdded,
    ParticipantRemoved,
    PresenceChanged,
    ReadMarked,
    TypingChanged,
)
from palaver_runtime.services.accounts import SignedIn
from palaver_runtime.services.drafts import Sent
from palaver_wire.gateway import models
from palaver_wire.gateway.table import (
    CONNECTED,
    CONVERSATION_JOINED,
    CONVERSATION_NEW,
    CONVERSATION_REMOVED,
    CONVERSATION_UPDATED,
    ERROR,
    MESSAGE_DELETED,
    MESSAGE_NEW,
    MESSAGE_READ,
    MESSAGE_UPDATED,
    PARTICIPANT_ADDED,
    PARTICIPANT_REMOVED,
    USER_OFFLINE,
    USER_ONLINE,
    USER_TYPING,
)

# From the wire.


def send_command(conversation_id: str, message: models.SendMessage | models.NewMessage) -> SendMessage:
    """Read a message to send; REST and the event say the same in two places."""
    return SendMessage(
        conversation_id=conversation_id,
        content=message.content,
        attachments=()
        if message.attachments is MISSING
        else tuple(
            values.Attachment(file_id=each.external_file_id, label=None if each.label is MISSING else each.label)
            for each in message.attachments
        ),
        metadata={} if message.metadata is MISSING else message.metadata,
        reply_to=None if message.reply_to is MISSING else message.reply_to,
        client_id=None if message.client_message_id is MISSING else message.client_message_id,
    )


def sync_command(request: models.SyncMessages) -> Synchronise:
    """Read where a client stands."""
    return Synchronise(
        conversation_id=request.conversation_id,
        last_message_id=None if request.last_message_id is MISSING else request.last_message_id,
        revision=None if request.revision is MISSING else request.revision,
        limit=request.limit,
    )


def create_command(conversation: models.NewConversation) -> CreateConversation:
    """Read a conversation to create."""
    return CreateConversation(
        type=values.ConversationType(conversation.type.value),
        user_ids=distinct(conversation.participant_ids, "/participantIds"),
        name=None if conversation.name is MISSING else conversation.name,
        metadata={} if conversation.metadata is MISSING else conversation.metadata,
    )


# To the wire.


def message(value: values.Message) -> models.Message:
    """Write a message."""
    return models.Message(
        id=value.id,
        conversation_id=value.conversation_id,
        sender_id=value.sender_id,
        content=value.content,
        attachments=[
            models.Attachment(external_file_id=each.file_id, label=MISSING if each.label is None else each.label)
            for each in value.attachments
        ],
        reply_to=MISSING if value.reply_to is None else value.reply_to,
        metadata=dict(value.metadata),
        client_message_id=MISSING if value.client_id is None else value.client_id,
        sequence=value.sequence,
        revision=value.revision,
        is_edited=value.edited,
        is_deleted=value.deleted,
        created_at=value.created_at,
        updated_at=value.updated_at,
        deleted_at=MISSING if value.deleted_at is None else value.deleted_at,
    )


new_message: Final = Recent(message)
"""Writes a message that has just been sent: once for those who are told and for the acknowledgement."""


def sent(value: Sent) -> models.MessageAck:
    """Write the acknowledgement of a message."""
    return models.MessageAck(success=True, message=new_message(value.message))


def _pong(at: datetime) -> models.Pong:
    return models.Pong(event="pong", timestamp=int(at.timestamp() * 1000))


pong: Final = Recent(_pong)
"""Writes what time it is: once for all who ask within a millisecond, to whom the clock gives the same moment."""


def participant(value: values.Participant) -> models.Participant:
    """Write a participant."""
    return models.Participant(user_id=value.user_id, role=models.Role(value.role.value), joined_at=value.joined_at)


def conversation(value: values.Conversation, summary: values.ConversationSummary | None = None) -> models.Conversation:
    """Write a conversation; the last message and the unread count are the caller's own and come with a summary."""
    last = summary.last_message if summary else None
    return models.Conversation(
        id=value.id,
        type=models.ConversationType(value.type.value),
        name=MISSING if value.name is None else value.name,
        participants=[participant(each) for each in value.participants],
        metadata=dict(value.metadata),
        created_by=value.created_by,
        last_message=MISSING if last is None else message(last),
        unread_count=MISSING if summary is None else summary.unread,
        revision=value.revision,
        created_at=value.created_at,
        updated_at=value.updated_at,
    )


def summary(value: values.ConversationSummary) -> models.Conversation:
    """Write a conversation as its caller finds it."""
    return conversation(value.conversation, value)


def user(value: values.User) -> models.User:
    """Write a user."""
    return models.User(
        id=value.id,
        username=MISSING if value.name is None else value.name,
        display_name=MISSING if value.display_name is None else value.display_name,
        created_at=value.created_at,
    )


def session(value: SignedIn) -> models.Session:
    """Write what signing in gives."""
    return models.Session(
        access_token=value.access_token,
        refresh_token=value.refresh_token,
        expires_in=value.expires_in,
        user=user(value.user),
    )


def read_mark(conversation_id: str, value: values.ReadMark) -> models.ReadMark:
    """Write a read mark for REST."""
    return models.ReadMark(
        conversation_id=conversation_id,
        unread_count=value.unread,
        last_read_message_id=MISSING if value.message_id is None else value.message_id,
        last_read_sequence=MISSING if value.message_id is None else value.sequence,
    )


def read_mark_ack(value: values.ReadMark) -> models.MarkReadAck:
    """Write a read mark as an acknowledgement."""
    return models.MarkReadAck(
        success=True,
        unread_count=value.unread,
        last_read_message_id=MISSING if value.message_id is None else value.message_id,
        last_read_sequence=MISSING if value.message_id is None else value.sequence,
    )


def missed(value: Missed) -> models.SyncMessagesAck:
    """Write what a client missed."""
    return models.SyncMessagesAck(
        success=True,
        messages=[message(each) for each in value.messages],
        changed=[message(each) for each in value.changed],
        has_more=value.has_more,
        revision=value.revision,
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


def connected(user_id: str, socket_id: str, rooms: int, at: datetime) -> Notification:
    """Write the greeting of a connection."""
    return CONNECTED.of(models.Connected(user_id=user_id, socket_id=socket_id, rooms=rooms, timestamp=at))


def notifications(event: Event) -> tuple[Notification | None, Notification | None]:
    """Write a domain event: as the others see it, and as the connections of the user whom it is about do.

    Both are the same where nobody in particular is meant; None where there is nothing to tell.
    """
    told: Notification
    match event:
        case MessageCreated(message=value):
            told = MESSAGE_NEW.of(new_message(value))
        case MessageEdited(message=value, revision=revision):
            told = MESSAGE_UPDATED.of(
                models.MessageUpdated(
                    message_id=value.id,
                    conversation_id=value.conversation_id,
                    content=value.content,
                    is_edited=True,
                    updated_at=value.updated_at,
                    sequence=value.sequence,
                    revision=revision,
                ),
            )
        case MessageDeleted(message=value, revision=revision):
            told = MESSAGE_DELETED.of(
                models.MessageDeleted(
                    message_id=value.id,
                    conversation_id=value.conversation_id,
                    deleted_at=value.updated_at,
                    sequence=value.sequence,
                    revision=revision,
                ),
            )
        case ConversationCreated(conversation=value):
            told = CONVERSATION_NEW.of(conversation(value))
        case ConversationUpdated(conversation=value):
            told = CONVERSATION_UPDATED.of(conversation(value))
        case ParticipantAdded(conversation=value, user_id=user_id, at=at):
            change = models.ParticipantChange(conversation_id=value.id, user_id=user_id, timestamp=at)
            return PARTICIPANT_ADDED.of(change), CONVERSATION_JOINED.of(conversation(value))
        case ParticipantRemoved(conversation_id=conversation_id, user_id=user_id, at=at):
            change = models.ParticipantChange(conversation_id=conversation_id, user_id=user_id, timestamp=at)
            return PARTICIPANT_REMOVED.of(change), CONVERSATION_REMOVED.of(
                models.ConversationRemoved(conversation_id=conversation_id)
            )
        case ReadMarked(conversation_id=conversation_id, user_id=user_id):
            told = MESSAGE_READ.of(
                models.MessageRead(
                    conversation_id=conversation_id,
                    user_id=user_id,
                    message_id=event.message_id,
                    sequence=event.sequence,
                    read_at=event.at,
                ),
            )
        case TypingChanged(conversation_id=conversation_id, user_id=user_id, active=active, at=at):
            told = USER_TYPING.of(
                models.UserTyping(conversation_id=conversation_id, user_id=user_id, is_typing=active, timestamp=at),
            )
        case PresenceChanged(conversation_id=conversation_id, user_id=user_id, online=online, at=at):
            told = (USER_ONLINE if online else USER_OFFLINE).of(
                models.UserPresence(user_id=user_id, conversation_id=conversation_id, timestamp=at),
            )
        case _:
            return None, None
    return told, told


_MESSAGE_LENGTH = 1000
_EVENT_NAME_LENGTH = 255
