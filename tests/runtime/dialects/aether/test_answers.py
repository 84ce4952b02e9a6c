"""Requests over gRPC and their answers say what the core says."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import MISSING

from palaver_runtime.dialects._reading import read
from palaver_runtime.dialects.aether import answers
from palaver_runtime.domain import values
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.errors import Invalid
from palaver_runtime.domain.identifiers import id_of_name
from palaver_wire.aether import models

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
C, M = "6565f1a2b3c4d5e6f7a8b901", "6565f1a2b3c4d5e6f7a8b9c0"
BOB = values.Profile(name="Bob")

MESSAGE = values.Message(
    id=M,
    conversation_id=C,
    sender_id="u-bob",
    sender=BOB,
    kind=values.MessageKind.GIFT,
    content="hello",
    metadata={"k": "ü", "n": float("inf")},
    sequence=1,
    created_revision=2,
    revision=2,
    created_at=AT,
    updated_at=LATER,
)
ROOM = values.Conversation(
    id=C,
    type=values.ConversationType.GROUP,
    name="general",
    metadata={"description": "For all", "k": "v"},
    created_by="u-bob",
    created_at=AT,
    updated_at=LATER,
    active_at=AT,
    revision=3,
    sequence=1,
    participants=tuple(
        values.Participant(user_id=each, role=values.Role.MEMBER, joined_at=AT) for each in ("u-bob", "u-ann")
    ),
    public=True,
)


def sending(**given: object) -> models.SendMessageRequest:
    """Read a request to send as it comes from the wire."""
    request = {"userId": "", "roomId": "general", "content": "hello", "messageType": "", **given}
    return read(models.SendMessageRequest, json.dumps(request))


def creating(**given: object) -> models.CreateRoomRequest:
    """Read a request to make a room as it comes from the wire."""
    request = {"name": "Board", "description": "", "createdBy": "", "roomType": "", **given}
    return read(models.CreateRoomRequest, json.dumps(request))


def test_message_to_send() -> None:
    """The room is an id or a name; without a type it is a text; metadata are the text of an object."""
    plain = SendMessage(conversation_id=id_of_name("general"), content="hello")
    assert answers.send_command(sending()) == plain
    assert answers.send_command(sending(roomId=C, messageType="file", metadata='{"k": [1, "ü"]}')) == replace(
        plain, conversation_id=C, kind=values.MessageKind.FILE, metadata={"k": [1, "ü"]}
    )


@pytest.mark.parametrize(
    "metadata",
    ["", "{", "[]", "5", "null", '{"k": NaN}', json.dumps(dict.fromkeys(map(str, range(33))))],
)
def test_metadata_that_are_no_object_are_refused(metadata: str) -> None:
    """Text that is no JSON, no object, or an object of too many entries."""
    with pytest.raises(Invalid) as caught:
        answers.send_command(sending(metadata=metadata))
    assert [each.field for each in caught.value.problems] == ["/metadata"]


def test_room_to_make() -> None:
    """It is public unless it is private, never direct, and its description is kept with it."""
    public = CreateConversation(type=values.ConversationType.GROUP, user_ids=(), name="Board", public=True)
    assert answers.create_command(creating()) == public
    assert answers.create_command(creating(roomType="public")) == public
    assert answers.create_command(creating(roomType="private", description="For few")) == replace(
        public, public=False, metadata={"description": "For few"}
    )
    with pytest.raises(Invalid) as caught:
        answers.create_command(creating(roomType="direct"))
    assert [each.field for each in caught.value.problems] == ["/roomType"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [((0, 0), (1, 50)), ((3, 20), (3, 20)), ((1, 100), (1, 100)), ((1, 101), (1, 100)), ((2, 2**31 - 1), (2, 100))],
)
def test_page(given: tuple[int, int], meant: tuple[int, int]) -> None:
    """Zero stands for the first page and for fifty; more than a hundred are a hundred."""
    request = {"roomId": "general", "userId": "", "page": given[0], "limit": given[1]}
    assert answers.page(read(models.GetMessageHistoryRequest, json.dumps(request))) == meant


def test_message() -> None:
    """A message stands in the room as it was asked for; metadata are text that JSON can read again."""
    written = answers.message(MESSAGE, "general")
    assert written.model_dump(mode="json", by_alias=True) == {
        "id": M,
        "userId": "u-bob",
        "username": "Bob",
        "roomId": "general",
        "content": "hello",
        "messageType": "text",
        "metadata": '{"k":"ü","n":null}',
        "createdAt": "2026-11-20T09:30:00.000Z",
        "updatedAt": "2026-11-20T09:31:00.000Z",
    }
    assert answers.message(MESSAGE.erased(4, LATER), C).content == ""
    assert answers.message(replace(MESSAGE, metadata={}), C).metadata is MISSING


def test_room() -> None:
    """A room has a type, everybody who is in it, and a description if its metadata have one."""
    assert answers.room(ROOM).model_dump(mode="json", by_alias=True) == {
        "id": C,
        "name": "general",
        "description": "For all",
        "roomType": "public",
        "createdBy": "u-bob",
        "members": ["u-bob", "u-ann"],
        "createdAt": "2026-11-20T09:30:00.000Z",
        "updatedAt": "2026-11-20T09:31:00.000Z",
    }
    assert answers.room(replace(ROOM, public=False)).room_type.value == "private"
    direct = answers.room(replace(ROOM, public=False, type=values.ConversationType.DIRECT, name=None))
    assert (direct.room_type.value, direct.name) == ("direct", "")
    assert answers.room(replace(ROOM, metadata={"description": 5})).description == ""


@pytest.mark.parametrize(
    ("number", "size", "total", "expected"),
    [
        (1, 50, 0, (0, False, False)),
        (1, 50, 50, (1, False, False)),
        (1, 50, 51, (2, True, False)),
        (2, 50, 51, (2, False, True)),
        (9, 50, 51, (2, False, True)),
    ],
)
def test_pagination(number: int, size: int, total: int, expected: tuple[int, bool, bool]) -> None:
    """Pages are counted up, and one knows whether there are older and newer ones."""
    written = answers.pagination(number, size, total)
    assert (written.total_pages, written.has_next, written.has_previous) == expected
    assert (written.current_page, written.items_per_page, written.total_items) == (number, size, total)


def test_user() -> None:
    """Whom a token stands for has the name that others see."""
    assert answers.user(values.Caller(user_id="u-bob", profile=BOB)) == models.UserData(id="u-bob", username="Bob")
