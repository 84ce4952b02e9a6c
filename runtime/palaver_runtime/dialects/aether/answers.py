"""Aether's calls: requests to commands, domain values to answers. Pure: nothing here reads, waits or decides."""

from math import ceil

from pydantic import MISSING
from pydantic_core import from_json, to_json

from palaver_runtime.dialects.aether import codec
from palaver_runtime.domain import values
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.errors import Invalid
from palaver_wire.aether import models

# Requests. What is empty has not been given.


def send_command(request: models.SendMessageRequest) -> SendMessage:
    """Read a message to send."""
    return SendMessage(
        conversation_id=codec.conversation_id(request.room_id),
        content=request.content,
        kind=values.MessageKind(request.message_type.value or values.MessageKind.TEXT),
        metadata={} if request.metadata is MISSING else _metadata(request.metadata),
    )


def create_command(request: models.CreateRoomRequest) -> CreateConversation:
    """Read a room to make; the description is kept in its metadata."""
    if request.room_type.value == models.RoomDataRoomType.DIRECT.value:
        raise Invalid.field("/roomType", "a direct room is between two users, of whom this names only one")
    return CreateConversation(
        type=values.ConversationType.GROUP,
        user_ids=(),
        name=request.name,
        metadata={_DESCRIPTION: request.description} if request.description else {},
        public=request.room_type.value != models.RoomDataRoomType.PRIVATE.value,
    )


def page(request: models.GetMessageHistoryRequest) -> tuple[int, int]:
    """Read which page of a history is meant, and how many messages are on one."""
    return request.page or 1, min(request.limit or _PAGE, _LONGEST_PAGE)


# Answers.


def message(value: values.Message, room: str) -> models.MessageData:
    """Write a message, in its room as the request named that."""
    return models.MessageData(
        id=value.id,
        user_id=value.sender_id,
        username=codec.username(value.sender, value.sender_id),
        room_id=room,
        content=value.content,
        message_type=codec.message_type(value.kind),
        # A number that is too large for JSON is null, as it is in events.
        metadata=to_json(dict(value.metadata), inf_nan_mode="null").decode() if value.metadata else MISSING,
        created_at=value.created_at,
        updated_at=value.updated_at,
    )


def room(value: values.Conversation) -> models.RoomData:
    """Write a room."""
    description = value.metadata.get(_DESCRIPTION)
    return models.RoomData(
        id=value.id,
        name=value.name or "",
        description=description if isinstance(description, str) else "",
        room_type=_room_type(value),
        created_by=value.created_by,
        members=[each.user_id for each in value.participants],
        created_at=value.created_at,
        updated_at=value.updated_at,
    )


def pagination(number: int, size: int, total: int) -> models.PaginationInfo:
    """Write where a page of some size stands among so many messages."""
    pages = ceil(total / size)
    return models.PaginationInfo(
        current_page=number,
        total_pages=pages,
        total_items=total,
        items_per_page=size,
        has_next=number < pages,
        has_previous=number > 1,
    )


def user(caller: values.Caller) -> models.UserData:
    """Write whom a token stands for."""
    return models.UserData(id=caller.user_id, username=codec.username(caller.profile, caller.user_id))


def _room_type(value: values.Conversation) -> models.RoomDataRoomType:
    if value.type is values.ConversationType.DIRECT:
        return models.RoomDataRoomType.DIRECT
    return models.RoomDataRoomType.PUBLIC if value.public else models.RoomDataRoomType.PRIVATE


def _metadata(text: str) -> dict[str, object]:
    try:
        value = from_json(text, allow_inf_nan=False)
    except ValueError:
        value = None
    if not isinstance(value, dict) or len(value) > _ENTRIES:
        raise Invalid.field("/metadata", f"is not the text of a JSON object with at most {_ENTRIES} entries")
    return value


_ENTRIES = 32
_DESCRIPTION = "description"
_PAGE = 50
_LONGEST_PAGE = 100
