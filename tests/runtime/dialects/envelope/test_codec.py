"""Domain values and the envelope's wire models say the same, as the documents have it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from doubles.acknowledged import told
from doubles.documents import component, documents, sent_by_server

from palaver_runtime.dialects._reading import read
from palaver_runtime.dialects.envelope import codec
from palaver_runtime.domain import errors, events, values
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_wire.envelope import models

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
C, M, N = "6565f1a2b3c4d5e6f7a8b901", "6565f1a2b3c4d5e6f7a8b9c0", "6565f1a2b3c4d5e6f7a8b9c1"

JOHN = values.Profile(name="john", display_name="John Doe")
BARE = values.Message(
    id=M,
    conversation_id=C,
    sender_id="user_1",
    sender=JOHN,
    content="hello",
    sequence=1,
    created_revision=2,
    revision=2,
    created_at=AT,
    updated_at=AT,
)
FULL = replace(
    BARE,
    kind=values.MessageKind.GIFT,
    attachments=(values.Attachment(file_id="f", label="l"),),
    metadata={"gift": ["rose", None]},
    reply_to=N,
    client_id="mine",
)
GROUP = values.Conversation(
    id=C,
    type=values.ConversationType.GROUP,
    name="Planning",
    metadata={"k": "v"},
    created_by="user_1",
    created_at=AT,
    updated_at=AT + timedelta(minutes=5),
    active_at=LATER,
    revision=3,
    sequence=1,
    participants=(
        values.Participant(user_id="user_1", role=values.Role.OWNER, joined_at=AT, profile=JOHN),
        values.Participant(user_id="user_2", role=values.Role.MEMBER, joined_at=LATER),
    ),
)
DIRECT = replace(GROUP, type=values.ConversationType.DIRECT, name=None, metadata={})
ONE = {"id": "user_1", "username": "john", "displayName": "John Doe"}
TWO = {"id": "user_2", "username": "user_2", "displayName": "user_2"}

TOLD = {
    "message": events.MessageCreated(conversation_id=C, revision=2, message=FULL),
    "read": events.ReadMarked(conversation_id=C, user_id="user_2", message_id=M, sequence=1, at=LATER),
    "typing": events.TypingChanged(conversation_id=C, user_id="user_1", profile=JOHN, active=True, at=LATER),
    "presenceUpdate": events.PresenceChanged(conversation_id=C, user_id="user_2", online=False, at=LATER),
}
SILENT = (
    events.MessageEdited(conversation_id=C, revision=3, message=FULL.with_content("new", 3, LATER)),
    events.MessageDeleted(conversation_id=C, revision=4, message=FULL.erased(4, LATER)),
    events.ConversationCreated(conversation_id=C, revision=1, conversation=GROUP),
    events.ConversationUpdated(conversation_id=C, revision=5, conversation=GROUP),
    events.ParticipantAdded(conversation_id=C, revision=6, conversation=GROUP, user_id="user_2", at=LATER),
    events.Superseded(conversation_id=C, revision=8),
    events.Announced(conversation_id=C, revision=9, dialect="desk", event="opened", payload={}, at=LATER),
    events.SessionEnded(user_id="user_1", session_id="s"),
)
REMOVED = events.ParticipantRemoved(conversation_id=C, revision=7, user_id="user_2", at=LATER)


def test_every_domain_event_is_tried() -> None:
    """Whatever can happen is among what is told, or among what this wire has no word for."""
    tried = {type(each) for each in (*TOLD.values(), *SILENT, REMOVED)}
    assert tried == set(get_args(events.Event)) | set(get_args(events.Change))


@pytest.mark.parametrize(("name", "event"), TOLD.items())
def test_event_is_as_its_document_says(name: str, event: events.Event) -> None:
    """What happens is told to all in the words of the document."""
    others, themselves = codec.notifications(event)
    assert others == themselves
    written, frame = told(others)
    assert written == frame["type"] == name
    sent_by_server("envelope")[name].validate(frame)


@pytest.mark.parametrize("event", SILENT, ids=lambda each: type(each).__name__)
def test_nothing_is_told_of_some_events(event: events.Event) -> None:
    """Of what this wire has no word for nobody hears."""
    assert codec.notifications(event) == (None, None)


def test_who_is_removed_leaves_the_room() -> None:
    """The others are not told; who is removed is."""
    others, themselves = codec.notifications(REMOVED)
    assert others is None
    assert told(themselves) == ("roomLeft", {"type": "roomLeft", "payload": {"roomId": C}})


def test_every_frame_of_the_server_is_written_somewhere() -> None:
    """The document has no frame that this server never sends."""
    summary = values.ConversationSummary(conversation=GROUP, last_message=BARE, unread=2)
    written = {
        codec.connected("user_1", AT)[0],
        codec.error_frame(errors.Forbidden("no"), AT, None)[0],
        codec.room_joined(summary, [BARE])[0],
        codec.room_left(C)[0],
        *TOLD,
    }
    assert written == set(sent_by_server("envelope"))


def test_contents_of_events() -> None:
    """Who, where, how far and whether, under the names of the wire."""
    frames = {name: told(codec.notifications(event)[0]) for name, event in TOLD.items() if name != "message"}
    assert {name: frame["payload"] for name, (_, frame) in frames.items()} == {
        "read": {"roomId": C, "userId": "user_2", "sequenceId": 1, "readAt": "2026-11-20T09:31:00.000Z"},
        "typing": {"roomId": C, "userId": "user_1", "username": "john", "isTyping": True},
        "presenceUpdate": {
            "userId": "user_2",
            "status": "offline",
            "roomId": C,
            "timestamp": "2026-11-20T09:31:00.000Z",
        },
    }


def test_message_has_all_that_this_wire_can_say() -> None:
    """Attachments and replies have no place here; the rest is all there."""
    assert _written(codec.message(FULL), "Message") == {
        "id": M,
        "roomId": C,
        "senderId": "user_1",
        "content": "hello",
        "type": "gift",
        "metadata": {"gift": ["rose", None]},
        "sequenceId": 1,
        "sender": ONE,
        "clientMessageId": "mine",
        "isEdited": False,
        "isDeleted": False,
        "createdAt": "2026-11-20T09:30:00.000Z",
    }


def test_changes_by_others_show_in_the_history() -> None:
    """An edited message says so, and an erased one keeps its place and nothing of what was said."""
    edited = _written(codec.message(FULL.with_content("new", 3, LATER)), "Message")
    assert (edited["content"], edited["isEdited"], edited["isDeleted"]) == ("new", True, False)
    erased = _written(codec.message(FULL.erased(4, LATER)), "Message")
    assert (erased["content"], erased["metadata"], erased["isDeleted"], erased["sequenceId"]) == ("", {}, True, 1)


@pytest.mark.parametrize("kind", values.MessageKind)
def test_kind_without_a_word_is_a_text(kind: values.MessageKind) -> None:
    """Kinds that the document has are written as they are, any other as a text."""
    known = documents("envelope")["asyncapi"]["components"]["schemas"]["MessageType"]["enum"]
    written = _written(codec.message(replace(BARE, kind=kind)), "Message")["type"]
    assert written == (kind.value if kind.value in known else "text")


@pytest.mark.parametrize(
    ("profile", "username", "shown"),
    [
        (values.UNNAMED, "user_9", "user_9"),
        (values.Profile(name="john"), "john", "john"),
        (values.Profile(display_name="John"), "user_9", "John"),
        (JOHN, "john", "John Doe"),
    ],
)
def test_everybody_has_a_name(profile: values.Profile, username: str, shown: str) -> None:
    """Where there is no name the identifier stands, so that clients always have something to show."""
    user = codec.user("user_9", profile)
    assert (user.id, user.username, user.display_name) == ("user_9", username, shown)


def test_group_room() -> None:
    """A group has a name and members, and no first and second user."""
    assert _written(codec.room(GROUP, None), "Room") == {
        "id": C,
        "type": "GROUP",
        "name": "Planning",
        "members": [ONE, TWO],
        "metadata": {"k": "v"},
        "createdAt": "2026-11-20T09:30:00.000Z",
        "updatedAt": "2026-11-20T09:35:00.000Z",
    }


def test_direct_room() -> None:
    """A direct room has the two users, and what was said last if anything was."""
    written = _written(codec.room(DIRECT, BARE), "Room")
    assert (written["type"], written["user1"], written["user2"]) == ("DIRECT", ONE, TWO)
    assert (written["lastMessageAt"], written["lastMessageText"]) == ("2026-11-20T09:30:00.000Z", "hello")
    assert not {"name", "messages", "unreadCount"} & written.keys()


@pytest.mark.parametrize("last", [None, BARE])
def test_listed_room_has_its_last_message_and_what_is_unread(last: values.Message | None) -> None:
    """In the list a room has at most one message, and the caller's unread count."""
    summary = values.ConversationSummary(conversation=GROUP, last_message=last, unread=2)
    written = _written(codec.listed_room(summary), "Room", "openapi")
    assert written["unreadCount"] == 2
    assert [each["id"] for each in written["messages"]] == ([] if last is None else [M])


def test_every_error_is_tried() -> None:
    """The refusals below are all that there are in the domain."""
    assert {type(each) for each in REFUSALS} == set(errors.ChatError.__subclasses__())


REFUSALS = (
    errors.Unauthorized("no"),
    errors.Forbidden("no"),
    errors.NotFound("no"),
    errors.Invalid("no", [errors.Problem("/payload/content", "is empty")]),
    errors.Conflict("no"),
    errors.PayloadTooLarge("no"),
    errors.RateLimited("no", 1.2341),
    errors.Internal(),
    errors.ConnectionRefused("no"),
    errors.Unavailable("no"),
)


@pytest.mark.parametrize(
    "error", [each for each in REFUSALS if not isinstance(each, errors.Conflict)], ids=lambda each: type(each).__name__
)
def test_refusal_is_as_its_document_says(error: errors.ChatError) -> None:
    """Each refusal has its code, in a frame as in a body. There is no operation that meets a conflict."""
    _, frame = told(codec.error_frame(error, AT, "sendMessage"))
    sent_by_server("envelope")["error"].validate(frame)
    body = codec.error_body(error).model_dump(mode="json", by_alias=True)
    component("envelope", "openapi", "ErrorBody").validate(body)
    assert frame["payload"]["code"] == body["error"]["code"] == error.code


def test_details_are_for_programs() -> None:
    """Refused fields are named, and how long to wait is in milliseconds, rounded up."""
    fields = codec.reason(errors.Invalid("no", [errors.Problem("/payload/content", "is empty")])).details
    assert fields.model_dump(mode="json", by_alias=True) == {
        "fields": [{"field": "/payload/content", "problem": "is empty"}]
    }
    wait = codec.reason(errors.RateLimited("no", 1.2341)).details
    assert wait.model_dump(mode="json", by_alias=True) == {"retryAfterMs": 1235}


@pytest.mark.parametrize("original", [None, ""])
def test_error_without_a_type_names_none(original: str | None) -> None:
    """What is about the connection, or about a frame that had no type, names none."""
    _, frame = told(codec.error_frame(errors.Forbidden("no"), AT, original))
    assert "originalType" not in frame["payload"]


def test_long_words_are_cut() -> None:
    """A client's own text does not make an error that its document forbids."""
    _, frame = told(codec.error_frame(errors.Invalid("x" * 2_000), AT, "y" * 300))
    sent_by_server("envelope")["error"].validate(frame)
    assert (len(frame["payload"]["message"]), len(frame["payload"]["originalType"])) == (1_000, 255)


def test_message_to_send_is_read() -> None:
    """All that a client may say of a message reaches the services; the rest has its defaults."""
    payload = {"roomId": C, "content": "hi", "type": "image", "metadata": {"a": 1}, "clientMessageId": "k"}
    frame = read(models.SendMessageFrame, json.dumps({"type": "sendMessage", "payload": payload}))
    assert codec.send_command(frame.payload) == SendMessage(
        conversation_id=C, content="hi", kind=values.MessageKind.IMAGE, metadata={"a": 1}, client_id="k"
    )
    frame = read(
        models.SendMessageFrame, json.dumps({"type": "sendMessage", "payload": {"roomId": C, "content": "hi"}})
    )
    assert codec.send_command(frame.payload) == SendMessage(conversation_id=C, content="hi")


def test_direct_room_is_with_one_user() -> None:
    """The other user makes the command."""
    assert codec.direct_command("user_2") == CreateConversation(
        type=values.ConversationType.DIRECT, user_ids=("user_2",)
    )


def _written(model: models.WireModel, name: str, document: str = "asyncapi") -> dict[str, object]:
    written = model.model_dump(mode="json", by_alias=True)
    component("envelope", document, name).validate(written)
    return written
