"""Envelope wire models to domain values and back. Pure: nothing here reads, waits or decides."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import MISSING

from palaver_runtime.dialects._details import details
from palaver_runtime.dialects._voice import Notification
from palaver_runtime.domain import errors, values
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.events import (
    Event,
    MessageCreated,
    ParticipantRemoved,
    PresenceChanged,
    ReadMarked,
    TypingChanged,
)
from palaver_wire.envelope import models
from palaver_wire.envelope.table import (
    CONNECTED,
    ERROR,
    MESSAGE,
    PRESENCE_UPDATE,
    READ,
    ROOM_JOINED,
    ROOM_LEFT,
    TYPING,
)

RECENT: Final = 50
"""Messages that come with a room that is entered or opened."""

# From the wire.


def send_command(payload: models.SendMessage) -> SendMessage:
    """Read a message to send."""
    return SendMessage(
        conversation_id=payload.room_id,
        content=payload.content,
        kind=values.MessageKind(payload.type.value),
        metadata={} if payload.metadata is MISSING else payload.metadata,
        client_id=None if payload.client_message_id is MISSING else payload.client_message_id,
    )


def direct_command(user_id: str) -> CreateConversation:
    """Read whose direct room is meant."""
    return CreateConversation(type=values.ConversationType.DIRECT, user_ids=(user_id,))


# To the wire.


def username(user_id: str, profile: values.Profile) -> str:
    """Write the name of a user; the identifier of one who has none."""
    return profile.name or user_id


def user(user_id: str, profile: values.Profile) -> models.User:
    """Write a user."""
    name = username(user_id, profile)
    return models.User(id=user_id, username=name, display_name=profile.display_name or name)


def message(value: values.Message) -> models.Message:
    """Write a message."""
    return models.Message(
        id=value.id,
        room_id=value.conversation_id,
        sender_id=value.sender_id,
        content=value.content,
        type=_TYPES.get(value.kind, models.MessageType.TEXT),
        metadata=dict(value.metadata),
        sequence_id=value.sequence,
        sender=user(value.sender_id, value.sender),
        client_message_id=MISSING if value.client_id is None else value.client_id,
        is_edited=value.edited,
        is_deleted=value.deleted,
        created_at=value.created_at,
    )


def room(value: values.Conversation, last: values.Message | None) -> models.Room:
    """Write a room, whose last message is given."""
    members = [user(each.user_id, each.profile) for each in value.participants]
    direct = value.type is values.ConversationType.DIRECT
    return models.Room(
        id=value.id,
        type=models.RoomType.DIRECT if direct else models.RoomType.GROUP,
        name=MISSING if value.name is None else value.name,
        user1=members[0] if direct else MISSING,
        user2=members[1] if direct else MISSING,
        members=members,
        metadata=dict(value.metadata),
        last_message_at=MISSING if last is None else last.created_at,
        last_message_text=MISSING if last is None else last.content,
        created_at=value.created_at,
        updated_at=value.updated_at,
    )


def listed_room(value: values.ConversationSummary) -> models.Room:
    """Write a room as its caller finds it in the list."""
    last = value.last_message
    return room(value.conversation, last).model_copy(
        update={"messages": [] if last is None else [message(last)], "unread_count": value.unread}
    )


def recent(value: Iterable[values.Message]) -> list[models.Message]:
    """Write messages."""
    return [message(each) for each in value]


def reason(error: errors.ChatError) -> models.ErrorReason:
    """Write why something was refused: the one place where a refusal gets its wire shape."""
    return models.ErrorReason(
        code=models.ErrorCode(error.code),
        message=error.message[:_MESSAGE_LENGTH],
        details=details(error, models.ErrorDetails),
    )


def error_body(error: errors.ChatError) -> models.ErrorBody:
    """Write a refusing REST answer."""
    return models.ErrorBody(error=reason(error))


def error_frame(error: errors.ChatError, at: datetime, original_type: str | None) -> Notification:
    """Write an `error` frame; without a type it is about the connection, or about a frame that had none."""
    why = reason(error)
    report = models.ErrorReport(
        code=why.code,
        message=why.message,
        timestamp=at,
        original_type=original_type[:_TYPE_LENGTH] if original_type else MISSING,
        details=why.details,
    )
    return ERROR.of(models.ErrorFrame(type="error", payload=report))


def connected(user_id: str, at: datetime) -> Notification:
    """Write the greeting of a connection."""
    return CONNECTED.of(
        models.ConnectedFrame(type="connected", payload=models.Connected(user_id=user_id, timestamp=at))
    )


def room_joined(value: values.ConversationSummary, messages: Iterable[values.Message]) -> Notification:
    """Write what a connection finds in a room that it enters."""
    found = models.RoomJoined(
        room=room(value.conversation, value.last_message), messages=recent(messages), unread_count=value.unread
    )
    return ROOM_JOINED.of(models.RoomJoinedFrame(type="roomJoined", payload=found))


def room_left(conversation_id: str) -> Notification:
    """Write that a connection is no longer in a room."""
    return ROOM_LEFT.of(models.RoomLeftFrame(type="roomLeft", payload=models.RoomLeft(room_id=conversation_id)))


def new_message(value: values.Message) -> Notification:
    """Write a message as a frame."""
    return MESSAGE.of(models.MessageFrame(type="message", payload=message(value)))


def notifications(event: Event) -> tuple[Notification | None, Notification | None]:
    """Write a domain event: as the others see it, and as the connections of the user whom it is about do.

    Both are the same where nobody in particular is meant; None where there is nothing to tell.
    """
    told: Notification
    match event:
        case MessageCreated(message=value):
            told = new_message(value)
        case ReadMarked(conversation_id=conversation_id, user_id=user_id, sequence=sequence, at=at):
            read = models.Read(room_id=conversation_id, user_id=user_id, sequence_id=sequence, read_at=at)
            told = READ.of(models.ReadFrame(type="read", payload=read))
        case TypingChanged(conversation_id=conversation_id, user_id=user_id, profile=profile, active=active):
            typing = models.Typing(
                room_id=conversation_id, user_id=user_id, username=username(user_id, profile), is_typing=active
            )
            told = TYPING.of(models.TypingFrame(type="typing", payload=typing))
        case PresenceChanged(conversation_id=conversation_id, user_id=user_id, online=online, at=at):
            status = models.PresenceStatus.ONLINE if online else models.PresenceStatus.OFFLINE
            update = models.PresenceUpdate(user_id=user_id, status=status, room_id=conversation_id, timestamp=at)
            told = PRESENCE_UPDATE.of(models.PresenceUpdateFrame(type="presenceUpdate", payload=update))
        case ParticipantRemoved(conversation_id=conversation_id):
            return None, room_left(conversation_id)
        case _:
            return None, None
    return told, told


_TYPES: Final = {values.MessageKind(each.value): each for each in models.MessageType}
_MESSAGE_LENGTH: Final = 1000
_TYPE_LENGTH: Final = 255
