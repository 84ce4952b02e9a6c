"""Domain values and wire models say the same, as the documents have it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from doubles.acknowledged import told
from doubles.documents import sent_by_server

from palaver_runtime.dialects._reading import read
from palaver_runtime.dialects._voice import Notification
from palaver_runtime.dialects.aether import codec
from palaver_runtime.domain import errors, events, values
from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.identifiers import id_of_name
from palaver_wire.aether import models

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
C, M = "6565f1a2b3c4d5e6f7a8b901", "6565f1a2b3c4d5e6f7a8b9c0"
BOB = values.Profile(name="Bob", display_name="Bob B.")

MESSAGE = values.Message(
    id=M,
    conversation_id=C,
    sender_id="u-bob",
    sender=BOB,
    kind=values.MessageKind.IMAGE,
    content="hello",
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
    metadata={},
    created_by="u-bob",
    created_at=AT,
    updated_at=LATER,
    active_at=AT,
    revision=3,
    sequence=1,
    participants=(values.Participant(user_id="u-bob", role=values.Role.OWNER, joined_at=AT, profile=BOB),),
    public=True,
)

# In the room that the connection calls `general`.
R = "general"
USER: dict[str, object] = {"userId": "u-bob", "username": "Bob", "roomId": R}
TOLD: list[tuple[str, events.Event, dict[str, object]]] = [
    (
        "new_message",
        events.MessageCreated(conversation_id=R, revision=2, message=MESSAGE),
        {
            **USER,
            "id": M,
            "content": "hello",
            "messageType": "image",
            "createdAt": "2026-11-20T09:30:00.000Z",
            "sequence": 1,
        },
    ),
    (
        "user_joined",
        events.ParticipantAdded(
            conversation_id=R, revision=6, conversation=ROOM, user_id="u-bob", profile=BOB, at=LATER
        ),
        USER,
    ),
    (
        "user_left",
        events.ParticipantRemoved(conversation_id=R, revision=7, user_id="u-bob", profile=BOB, at=LATER),
        USER,
    ),
    (
        "user_joined",
        events.PresenceChanged(conversation_id=R, user_id="u-bob", profile=BOB, online=True, at=LATER),
        USER,
    ),
    (
        "user_left",
        events.PresenceChanged(conversation_id=R, user_id="u-bob", profile=BOB, online=False, at=LATER),
        USER,
    ),
    (
        "user_typing",
        events.TypingChanged(conversation_id=R, user_id="u-bob", profile=BOB, active=True, at=LATER),
        {**USER, "isTyping": True},
    ),
    (
        "user_typing",
        events.TypingChanged(conversation_id=R, user_id="u-bob", profile=BOB, active=False, at=LATER),
        {**USER, "isTyping": False},
    ),
]
SILENT = (
    events.MessageEdited(conversation_id=R, revision=3, message=MESSAGE.with_content("new", 3, LATER)),
    events.MessageDeleted(conversation_id=R, revision=4, message=MESSAGE.erased(4, LATER)),
    events.ConversationCreated(conversation_id=R, revision=1, conversation=ROOM),
    events.ConversationUpdated(conversation_id=R, revision=5, conversation=ROOM),
    events.ReadMarked(conversation_id=R, user_id="u-bob", message_id=M, sequence=1, at=LATER),
    events.Superseded(conversation_id=R, revision=8),
    events.Announced(conversation_id=R, revision=9, dialect="desk", event="opened", payload={}, at=LATER),
    events.SessionEnded(user_id="u-bob", session_id="s"),
)

ERRORS = (
    errors.Unauthorized("no"),
    errors.Forbidden("no"),
    errors.Invalid.field("/content", "is empty"),
    errors.Conflict("no"),
    errors.PayloadTooLarge("no"),
    errors.RateLimited("no", 1.2341),
    errors.ConnectionRefused("no"),
    errors.Internal(),
    errors.Unavailable("no database"),
)


def valid(notification: Notification | None) -> tuple[str, dict[str, object]]:
    """Give an event that is as its document says."""
    name, payload = told(notification)
    sent_by_server("aether")[name].validate(payload)
    return name, payload


# Events.


def test_every_domain_event_is_tried() -> None:
    """The tables of this test have each kind of domain event, so that a new one is not forgotten."""
    assert {type(each) for each in (*(event for _, event, _ in TOLD), *SILENT)} == set(get_args(events.Event))


@pytest.mark.parametrize(
    ("name", "event", "payload"), TOLD, ids=[f"{name}-{type(event).__name__}" for name, event, _ in TOLD]
)
def test_event_is_told_in_the_words_of_the_document(name: str, event: events.Event, payload: dict[str, object]) -> None:
    """Whatever has a word here is told to the others with these fields and no more, in the room that it names."""
    assert valid(codec.notifications(event)[0]) == (name, payload)


@pytest.mark.parametrize("event", SILENT, ids=lambda event: type(event).__name__)
def test_what_has_no_word_is_not_told(event: events.Event) -> None:
    """Edits, deletions, receipts and the like are silent."""
    assert codec.notifications(event) == (None, None)


def test_own_coming_and_going_is_told_in_other_words() -> None:
    """Who leaves or is removed is told so; who comes is told by the answer to the request."""
    by_kind = {type(event): event for _, event, _ in TOLD}
    assert codec.notifications(by_kind[events.ParticipantAdded])[1] is None
    assert valid(codec.notifications(by_kind[events.ParticipantRemoved])[1]) == (
        "left_room",
        {"message": "Left room general", "roomId": R},
    )


@pytest.mark.parametrize("kind", values.MessageKind)
def test_a_kind_without_a_word_is_text(kind: values.MessageKind) -> None:
    """Pictures and files are called so, a gift and whatever else is text here."""
    event = events.MessageCreated(conversation_id=R, revision=2, message=replace(MESSAGE, kind=kind))
    expected = kind.value if kind.value in {"text", "image", "file"} else "text"
    assert valid(codec.notifications(event)[0])[1]["messageType"] == expected


def test_a_message_that_was_deleted_meanwhile_is_told_empty() -> None:
    """A creation that is told late may have nothing left in it."""
    event = events.MessageCreated(conversation_id=R, revision=2, message=MESSAGE.erased(4, LATER))
    assert valid(codec.notifications(event)[0])[1]["content"] == ""


@pytest.mark.parametrize(
    ("profile", "shown"),
    [
        (values.Profile(name="bob", display_name="Bob B."), "bob"),
        (values.Profile(display_name="Bob B."), "Bob B."),
        (values.Profile(), "u-bob"),
    ],
)
def test_name_that_is_shown(profile: values.Profile, shown: str) -> None:
    """The account's name, else the display name, else the id."""
    assert codec.username(profile, "u-bob") == shown
    greeted = codec.connected(values.Caller(user_id="u-bob", profile=profile))
    assert valid(greeted) == (
        "connected",
        {"message": "Successfully connected", "user": {"id": "u-bob", "username": shown}},
    )


# Refusals.


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("event", ["send_message", None, "x" * 300])
def test_refusal_has_the_text_where_it_always_was_and_the_code_beside_it(
    error: errors.ChatError, event: str | None
) -> None:
    """An `error` event holds the message, and beside it the code, when, and of which event."""
    name, payload = valid(codec.error_event(error, AT, event))
    assert name == "error"
    assert (payload["message"], payload["code"]) == (error.message, error.code)
    assert payload["timestamp"] == "2026-11-20T09:30:00.000Z"
    assert payload.get("originalEvent") == (event[:255] if event else None)


def test_refusal_has_details_that_a_program_can_use() -> None:
    """The refused fields, or when to try again."""
    _, wrong = valid(codec.error_event(errors.Invalid.field("/content", "is empty"), AT, "send_message"))
    assert wrong["details"] == {"fields": [{"field": "/content", "problem": "is empty"}]}
    _, limited = valid(codec.error_event(errors.RateLimited("no", 1.2341), AT, "send_message"))
    assert limited["details"] == {"retryAfterMs": 1235}
    _, forbidden = valid(codec.error_event(errors.Forbidden("x" * 2000), AT, "send_message"))
    assert "details" not in forbidden
    assert forbidden["message"] == "x" * 1000


# Requests.


@pytest.mark.parametrize(
    ("room", "conversation_id"),
    [
        (C, C),
        ("general", id_of_name("general")),
        (C.upper(), id_of_name(C.upper())),
        (C[:-1], id_of_name(C[:-1])),
        (f"{C}0", id_of_name(f"{C}0")),
        (f"{C}\n", id_of_name(f"{C}\n")),
    ],
)
def test_room_is_an_id_or_a_name(room: str, conversation_id: str) -> None:
    """24 lower-case hexadecimal digits are an id, all else is a name."""
    assert codec.conversation_id(room) == conversation_id
    assert codec.is_id(room) == (conversation_id == room)


@pytest.mark.parametrize("room", ["", "x" * 65, "a\nb", "a\u0000", "\u007f", "\u0085", 5, None])
def test_room_that_is_no_name_is_refused(room: object) -> None:
    """A name has 1 to 64 characters, and no control characters."""
    with pytest.raises(errors.Invalid):
        read(models.RoomRequest, json.dumps({"roomId": room}))


@pytest.mark.parametrize("room", ["x" * 64, "général 🎈", " "])
def test_room_may_be_called_anything_else(room: str) -> None:
    """Any script, blanks and pictures."""
    assert read(models.RoomRequest, json.dumps({"roomId": room})).room_id == room


def test_message_to_send() -> None:
    """The kind is that of the request, and a text where it says nothing."""
    for given, kind in [({}, "text"), ({"messageType": "image"}, "image"), ({"messageType": "file"}, "file")]:
        message = read(models.SendMessage, json.dumps({"roomId": R, "content": "hello", **given}))
        assert codec.send_command(C, message) == SendMessage(
            conversation_id=C, content="hello", kind=values.MessageKind(kind)
        )
    refused: tuple[dict[str, object], ...] = (
        {"messageType": "gift"},
        {"messageType": None},
        {"content": ""},
        {"metadata": {}},
    )
    for wrong in refused:
        with pytest.raises(errors.Invalid):
            read(models.SendMessage, json.dumps({"roomId": R, "content": "hello", **wrong}))
