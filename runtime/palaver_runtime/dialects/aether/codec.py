"""Aether's wire models to domain values and back. Pure: nothing here reads, waits or decides."""

import re
from datetime import datetime
from typing import Any

from pydantic import MISSING

from palaver_runtime.dialects._details import details
from palaver_runtime.dialects._voice import Notification
from palaver_runtime.domain import errors, values
from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.events import (
    Event,
    MessageCreated,
    ParticipantAdded,
    ParticipantRemoved,
    PresenceChanged,
    TypingChanged,
)
from palaver_runtime.domain.identifiers import id_of_name
from palaver_wire.aether import models
from palaver_wire.aether.table import (
    CONNECTED,
    ERROR,
    JOINED_ROOM,
    LEFT_ROOM,
    NEW_MESSAGE,
    USER_JOINED,
    USER_LEFT,
    USER_TYPING,
)
from palaver_wire.contract import Outbound

# From the wire.


def conversation_id(room_id: str) -> str:
    """Give the conversation that a room stands for: its id, or the one that belongs to its name."""
    return room_id if is_id(room_id) else id_of_name(room_id)


def is_id(room_id: str) -> bool:
    """Tell an id from a name."""
    return _ID.fullmatch(room_id) is not None


def send_command(conversation_id: str, message: models.SendMessage) -> SendMessage:
    """Read a message to send."""
    return SendMessage(
        conversation_id=conversation_id,
        content=message.content,
        kind=values.MessageKind(message.message_type.value),
    )


# To the wire.


def username(profile: values.Profile, user_id: str) -> str:
    """Give what other people see of a user."""
    return profile.name or profile.display_name or user_id


def message_type(kind: values.MessageKind) -> models.MessageType:
    """Write what a message is; what this wire has no word for is a text."""
    return _TYPES.get(kind, models.MessageType.TEXT)


def connected(caller: values.Caller) -> Notification:
    """Write the greeting of a connection."""
    user = models.User(id=caller.user_id, username=username(caller.profile, caller.user_id))
    return CONNECTED.of(models.Connected(message="Successfully connected", user=user))


def joined_room(room: str) -> Notification:
    """Say that the connection has entered a room, by the name that it used."""
    return JOINED_ROOM.of(models.RoomNotice(message=f"Joined room {room}", room_id=room))


def left_room(room: str) -> Notification:
    """Say that the connection is no longer in a room."""
    return LEFT_ROOM.of(models.RoomNotice(message=f"Left room {room}", room_id=room))


def error_event(error: errors.ChatError, at: datetime, original_event: str | None) -> Notification:
    """Write an `error` event: the one place where a refusal gets its wire shape on a socket.

    `original_event` is None when it is about the connection.
    """
    return ERROR.of(
        models.Error(
            message=error.message[:_MESSAGE_LENGTH],
            code=models.ErrorCode(error.code),
            timestamp=at,
            original_event=MISSING if original_event is None else original_event[:_EVENT_NAME_LENGTH],
            details=details(error, models.ErrorDetails),
        )
    )


def notifications(event: Event) -> tuple[Notification | None, Notification | None]:
    """Write a domain event: as the others see it, and as the connections of the user whom it is about do.

    The conversation that the event names is written as the room, as it stands there. Both are the same where nobody
    in particular is meant; None where there is nothing to tell.
    """
    told: Notification
    match event:
        case MessageCreated(conversation_id=room, message=value):
            told = NEW_MESSAGE.of(
                models.Message(
                    id=value.id,
                    user_id=value.sender_id,
                    username=username(value.sender, value.sender_id),
                    room_id=room,
                    content=value.content,
                    message_type=message_type(value.kind),
                    created_at=value.created_at,
                    sequence=value.sequence,
                )
            )
            return told, told
        case TypingChanged(conversation_id=room, user_id=user_id, profile=profile, active=active):
            told = USER_TYPING.of(
                models.UserTyping(user_id=user_id, username=username(profile, user_id), room_id=room, is_typing=active)
            )
            return told, told
        case ParticipantAdded(conversation_id=room, user_id=user_id, profile=profile):
            return _user(USER_JOINED, room, user_id, profile), None
        case ParticipantRemoved(conversation_id=room, user_id=user_id, profile=profile):
            return _user(USER_LEFT, room, user_id, profile), left_room(room)
        case PresenceChanged(conversation_id=room, user_id=user_id, profile=profile, online=online):
            told = _user(USER_JOINED if online else USER_LEFT, room, user_id, profile)
            return told, told
        case _:
            return None, None


def _user(outbound: Outbound[Any], room: str, user_id: str, profile: values.Profile) -> Notification:
    return outbound.of(models.RoomUser(user_id=user_id, username=username(profile, user_id), room_id=room))


_ID = re.compile(r"[0-9a-f]{24}")
_TYPES = {values.MessageKind(each.value): each for each in models.MessageType}
_MESSAGE_LENGTH = 1000
_EVENT_NAME_LENGTH = 255
