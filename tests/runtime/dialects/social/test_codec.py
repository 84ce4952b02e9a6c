"""Domain values and wire models say the same, as the documents have it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from doubles.acknowledged import told
from doubles.documents import component, sent_by_server

from palaver_runtime.dialects._reading import read
from palaver_runtime.dialects.social import codec
from palaver_runtime.domain import errors, events, values
from palaver_runtime.domain.commands import SendDirect, SendMessage
from palaver_wire.contract import WireModel
from palaver_wire.social import models

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
C, M, N = "6565f1a2b3c4d5e6f7a8b901", "6565f1a2b3c4d5e6f7a8b9c0", "6565f1a2b3c4d5e6f7a8b9c1"
URL = "https://files.example/a.jpg"

BARE = values.Message(
    id=M,
    conversation_id=C,
    sender_id="alice",
    content="hello",
    sequence=1,
    created_revision=2,
    revision=2,
    created_at=AT,
    updated_at=AT,
)
FULL = replace(
    BARE,
    kind=values.MessageKind.IMAGE,
    attachments=(values.Attachment(file_id="file_1"), values.Attachment(file_id=URL, label="l")),
    metadata={"k": [1, None]},
    reply_to=N,
    client_id="mine",
)
CONVERSATION = values.Conversation(
    id=C,
    type=values.ConversationType.DIRECT,
    name=None,
    metadata={},
    created_by="alice",
    created_at=AT,
    updated_at=AT,
    active_at=LATER,
    revision=3,
    sequence=1,
    participants=(
        values.Participant(
            user_id="alice",
            role=values.Role.OWNER,
            joined_at=AT,
            profile=values.Profile(name="alice.", display_name="Alice"),
        ),
        values.Participant(user_id="bob", role=values.Role.MEMBER, joined_at=AT),
    ),
)
SUMMARY = values.SidedSummary(
    summary=values.ConversationSummary(conversation=CONVERSATION, last_message=FULL, unread=2),
    unread={"alice": 1, "bob": 2},
)

TOLD = {
    "new_message": events.MessageCreated(conversation_id=C, revision=2, message=FULL),
    "user_typing": events.TypingChanged(conversation_id=C, user_id="bob", active=True, at=LATER),
}
SILENT = (
    events.MessageEdited(conversation_id=C, revision=3, message=FULL.with_content("new", 3, LATER)),
    events.MessageDeleted(conversation_id=C, revision=4, message=FULL.erased(4, LATER)),
    events.ConversationCreated(conversation_id=C, revision=1, conversation=CONVERSATION),
    events.ConversationUpdated(conversation_id=C, revision=5, conversation=CONVERSATION),
    events.ParticipantAdded(conversation_id=C, revision=6, conversation=CONVERSATION, user_id="bob", at=LATER),
    events.ParticipantRemoved(conversation_id=C, revision=7, user_id="bob", at=LATER),
    events.ReadMarked(conversation_id=C, user_id="bob", message_id=M, sequence=1, at=LATER),
    events.PresenceChanged(conversation_id=C, user_id="bob", online=True, at=LATER),
    events.Superseded(conversation_id=C, revision=8),
    events.Announced(conversation_id=C, revision=9, dialect="desk", event="opened", payload={}, at=LATER),
    events.SessionEnded(user_id="bob", session_id="s"),
)


def _json(model: WireModel) -> dict[str, object]:
    dumped: dict[str, object] = model.model_dump(mode="json", by_alias=True)
    return dumped


# Events.


def test_every_domain_event_is_tried() -> None:
    """The tables of this test have each kind of domain event, so that a new one is not forgotten."""
    assert {type(each) for each in (*TOLD.values(), *SILENT)} == set(get_args(events.Event))


@pytest.mark.parametrize(("name", "event"), TOLD.items(), ids=TOLD)
def test_event_is_as_its_document_says(name: str, event: events.Event) -> None:
    """Each event has the name and the payload of the AsyncAPI document."""
    written, payload = told(codec.notification(event))
    assert written == name
    sent_by_server("social")[name].validate(payload)


@pytest.mark.parametrize("event", SILENT, ids=lambda event: type(event).__name__)
def test_other_things_have_no_word(event: events.Event) -> None:
    """Edits, deletions, receipts, presence and who comes and goes are silent on this wire."""
    assert codec.notification(event) is None


def test_every_event_of_the_server_is_written_somewhere() -> None:
    """Each event that the document lets the server send comes out of the codec."""
    greeting, refusal = told(codec.connected("alice", AT)), told(codec.error_event(errors.Internal(), AT, None))
    for name, payload in (greeting, refusal):
        sent_by_server("social")[name].validate(payload)
    assert {*TOLD, greeting[0], refusal[0]} == sent_by_server("social").keys()


# Values.


def test_message_has_what_the_wire_can_say() -> None:
    """Names are the document's; kind, metadata, label and reply have no place and are left out."""
    written = _json(codec.message(FULL))
    component("social", "openapi", "Message").validate(written)
    assert written == {
        "id": M,
        "conversationId": C,
        "senderId": "alice",
        "content": "hello",
        "attachmentUrl": URL,
        "clientMessageId": "mine",
        "sequence": 1,
        "isEdited": False,
        "isDeleted": False,
        "createdAt": "2026-11-20T09:30:00.000Z",
        "updatedAt": "2026-11-20T09:30:00.000Z",
    }


def test_changed_message_says_so() -> None:
    """An edit of elsewhere is seen by the flag and the time; of a deleted message the place is left."""
    edited = _json(codec.message(BARE.with_content("new", 3, LATER)))
    assert (edited["content"], edited["isEdited"], edited["updatedAt"]) == ("new", True, "2026-11-20T09:31:00.000Z")
    erased = _json(codec.message(FULL.erased(4, LATER)))
    component("social", "openapi", "Message").validate(erased)
    assert (erased["content"], erased["isDeleted"], erased["updatedAt"]) == ("", True, "2026-11-20T09:31:00.000Z")
    assert "attachmentUrl" not in erased


@pytest.mark.parametrize(
    ("files", "shown"),
    [
        ((), None),
        (("file_1",), None),
        (("javascript:alert(1)",), None),
        ((" https://a",), None),
        (("https://a b",), None),
        (("https://a\n",), None),
        (("https://" + "a" * 2041,), None),
        (("file_1", "HTTP://a", URL), "HTTP://a"),
    ],
)
def test_first_address_is_shown(files: tuple[str, ...], shown: str | None) -> None:
    """Of what is attached elsewhere only an address of the web is shown, as the document describes one."""
    message = replace(BARE, attachments=tuple(values.Attachment(file_id=each) for each in files))
    assert _json(codec.message(message)).get("attachmentUrl") == shown


def test_conversation_has_both_sides() -> None:
    """Both users with their names and counts, the last message and its time, and the caller's own count."""
    written = _json(codec.conversation(SUMMARY))
    component("social", "openapi", "Conversation").validate(written)
    assert written == {
        "id": C,
        "participants": [
            {"userId": "alice", "username": "alice.", "displayName": "Alice", "unreadCount": 1},
            {"userId": "bob", "unreadCount": 2},
        ],
        "lastMessage": _json(codec.message(FULL)),
        "lastMessageAt": "2026-11-20T09:30:00.000Z",
        "unreadCount": 2,
        "createdAt": "2026-11-20T09:30:00.000Z",
        "updatedAt": "2026-11-20T09:30:00.000Z",
    }


def test_group_has_all_its_participants() -> None:
    """One that another dialect made has its name and everybody in it, be it one alone; whose unread is not told."""
    carol = values.Participant(user_id="carol", role=values.Role.MEMBER, joined_at=LATER)
    for people in ((*CONVERSATION.participants, carol), (carol,)):
        group = replace(CONVERSATION, type=values.ConversationType.GROUP, name="Harbour trip", participants=people)
        summary = values.ConversationSummary(conversation=group, last_message=None, unread=3)
        written = _json(codec.conversation(values.SidedSummary(summary=summary, unread={})))
        component("social", "openapi", "Conversation").validate(written)
        assert (written["name"], written["unreadCount"]) == ("Harbour trip", 3)
        assert [each["userId"] for each in written["participants"]] == [each.user_id for each in people]
        assert [each.get("unreadCount") for each in written["participants"]] == [None] * len(people)


def test_conversation_without_a_message() -> None:
    """One that another dialect made, and nobody has written in, has no last message."""
    silent = replace(SUMMARY, summary=replace(SUMMARY.summary, last_message=None))
    written = _json(codec.conversation(silent))
    component("social", "openapi", "Conversation").validate(written)
    assert written.keys().isdisjoint({"lastMessage", "lastMessageAt"})


@pytest.mark.parametrize("mark", [values.ReadMark(message_id=M, sequence=3, unread=0), None])
def test_read_mark(mark: values.ReadMark | None) -> None:
    """REST and the acknowledgement say the same of a mark; without one there is no last message."""
    value = mark or values.ReadMark(message_id=None, sequence=0, unread=4)
    rest, ack = _json(codec.read_mark(C, value)), _json(codec.read_mark_ack(value))
    component("social", "openapi", "ReadMark").validate(rest)
    component("social", "asyncapi", "MarkReadAck").validate(ack)
    assert rest == {"conversationId": C, **{name: each for name, each in ack.items() if name != "success"}}
    assert ("lastReadMessageId" in rest) is (mark is not None)
    assert rest["unreadCount"] == value.unread


# Refusals.


@pytest.mark.parametrize(
    "error",
    [
        errors.Unauthorized("no"),
        errors.Forbidden("no"),
        errors.NotFound("no"),
        errors.Invalid("no"),
        errors.Invalid.field("/content", "is empty"),
        errors.Conflict("no"),
        errors.PayloadTooLarge("no"),
        errors.RateLimited("no", 1.2341),
        errors.ConnectionRefused("no"),
        errors.Internal(),
        errors.Unavailable("no database"),
    ],
    ids=lambda error: error.code,
)
def test_refusal_is_as_its_document_says(error: errors.ChatError) -> None:
    """Acknowledgement, event and REST body say the same of an error, each in its document's shape."""
    refused, body = _json(codec.refused(error)), _json(codec.error_body(error))
    name, event = told(codec.error_event(error, AT, "send_message"))
    component("social", "asyncapi", "Refused").validate(refused)
    component("social", "openapi", "ErrorBody").validate(body)
    sent_by_server("social")[name].validate(event)
    assert refused == {"success": False, **body}
    assert event == {**body["error"], "timestamp": "2026-11-20T09:30:00.000Z", "originalEvent": "send_message"}
    assert (body["error"]["code"], body["error"]["message"]) == (error.code, error.message)


def test_details_are_for_programs() -> None:
    """A refused field is named, the time to wait is given in milliseconds, rounded up; else there are no details."""
    field = _json(codec.reason(errors.Invalid.field("/content", "is empty")))
    assert field["details"] == {"fields": [{"field": "/content", "problem": "is empty"}]}
    assert _json(codec.reason(errors.RateLimited("no", 1.2341)))["details"] == {"retryAfterMs": 1235}
    assert "details" not in _json(codec.reason(errors.Forbidden("no")))


def test_long_words_are_cut() -> None:
    """A client's long event name or field does not make the answer break its own document."""
    _, event = told(codec.error_event(errors.Invalid("m" * 5000), AT, "e" * 5000))
    assert event["message"] == "m" * 1000
    assert event["originalEvent"] == "e" * 255
    assert "originalEvent" not in told(codec.error_event(errors.Unauthorized("no"), AT, None))[1]


# Requests.


def test_message_to_send_is_read() -> None:
    """All of a message reaches the services; what is left out is None or empty."""
    full = {"recipientId": "bob", "content": "hello", "attachmentUrl": URL, "clientMessageId": "mine"}
    assert codec.send_command(read(models.NewMessage, json.dumps(full))) == SendDirect(
        recipient_id="bob", content="hello", attachments=(values.Attachment(file_id=URL),), client_id="mine"
    )
    bare = read(models.NewMessage, '{"recipientId": "bob", "content": "hello"}')
    assert codec.send_command(bare) == SendDirect(recipient_id="bob", content="hello")
    named = {"conversationId": C, "content": "hello", "attachmentUrl": URL, "clientMessageId": "mine"}
    assert codec.send_command(read(models.NewMessage, json.dumps(named))) == SendMessage(
        conversation_id=C, content="hello", attachments=(values.Attachment(file_id=URL),), client_id="mine"
    )


@pytest.mark.parametrize(
    ("to", "field"), [({}, "/recipientId"), ({"recipientId": "bob", "conversationId": C}, "/conversationId")]
)
def test_message_goes_to_exactly_one(to: dict[str, str], field: str) -> None:
    """With neither recipient nor conversation, and with both, a message is refused, as the documents have it."""
    payload = {**to, "content": "hello"}
    for document in ("asyncapi", "openapi"):
        schema = component("social", document, "NewMessage")
        schema.validate({"recipientId": "bob", "content": "hello"})
        schema.validate({"conversationId": C, "content": "hello"})
        assert not schema.is_valid(payload)
    with pytest.raises(errors.Invalid) as caught:
        codec.send_command(read(models.NewMessage, json.dumps(payload)))
    assert [each.field for each in caught.value.problems] == [field]
