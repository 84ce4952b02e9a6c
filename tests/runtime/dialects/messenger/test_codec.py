"""Domain values and the messenger's wire models say the same, as the documents have it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from doubles.acknowledged import told
from doubles.documents import component, sent_by_server

from palaver_runtime.dialects._reading import read
from palaver_runtime.dialects.messenger import codec
from palaver_runtime.domain import errors, events, values
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_wire.contract import WireModel
from palaver_wire.messenger import models

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
C, M, N = "6565f1a2b3c4d5e6f7a8b901", "6565f1a2b3c4d5e6f7a8b9c0", "6565f1a2b3c4d5e6f7a8b9c1"

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
    attachments=(values.Attachment(file_id="f", label="l"),),
    metadata={"k": [1, None]},
    reply_to=N,
    client_id="mine",
)
ALICE = values.Participant(
    user_id="alice",
    role=values.Role.OWNER,
    joined_at=AT,
    profile=values.Profile(name="alice_l", display_name="Alice Liddell"),
)
BOB = values.Participant(user_id="bob", role=values.Role.MEMBER, joined_at=LATER)
GROUP = values.Conversation(
    id=C,
    type=values.ConversationType.GROUP,
    name="Planning",
    metadata={"k": "v"},
    created_by="alice",
    created_at=AT,
    updated_at=AT + timedelta(minutes=5),
    active_at=LATER,
    revision=3,
    sequence=1,
    participants=(ALICE, BOB),
)
SUMMARY = values.ConversationSummary(conversation=GROUP, last_message=FULL, unread=2)
DIRECT = values.ConversationSummary(
    conversation=replace(GROUP, type=values.ConversationType.DIRECT, name=None), last_message=None, unread=0
)

EVENTS = {
    "message:new": events.MessageCreated(conversation_id=C, revision=2, message=FULL),
    "message:read": events.ReadMarked(conversation_id=C, user_id="bob", message_id=M, sequence=1, at=LATER),
    "status:online": events.PresenceChanged(conversation_id=C, user_id="bob", online=True, at=LATER),
    "status:offline": events.PresenceChanged(conversation_id=C, user_id="bob", online=False, at=LATER),
}
SILENT = (
    events.MessageEdited(conversation_id=C, revision=3, message=FULL.with_content("new", 3, LATER)),
    events.MessageDeleted(conversation_id=C, revision=4, message=FULL.erased(4, LATER)),
    events.ConversationCreated(conversation_id=C, revision=1, conversation=GROUP),
    events.ConversationUpdated(conversation_id=C, revision=5, conversation=GROUP),
    events.ParticipantAdded(conversation_id=C, revision=6, conversation=GROUP, user_id="bob", at=LATER),
    events.ParticipantRemoved(conversation_id=C, revision=7, user_id="bob", at=LATER),
    events.TypingChanged(conversation_id=C, user_id="bob", active=True, at=LATER),
    events.Superseded(conversation_id=C, revision=8),
    events.Announced(conversation_id=C, revision=9, dialect="desk", event="opened", payload={}, at=LATER),
    events.SessionEnded(user_id="bob", session_id="s"),
)

ERRORS = (
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
)


def _json(model: WireModel) -> dict[str, object]:
    dumped: dict[str, object] = model.model_dump(mode="json", by_alias=True)
    return dumped


# Events.


def test_every_domain_event_is_tried() -> None:
    """The tables of this test have each kind of domain event, so that a new one is not forgotten."""
    assert {type(each) for each in (*EVENTS.values(), *SILENT)} == set(get_args(events.Event))


@pytest.mark.parametrize(("name", "event"), EVENTS.items(), ids=EVENTS)
def test_event_is_as_its_document_says(name: str, event: events.Event) -> None:
    """Each event has the name and the payload of the AsyncAPI document."""
    written, payload = told(codec.notification(event))
    assert written == name
    sent_by_server("messenger")[written].validate(payload)


@pytest.mark.parametrize("event", SILENT, ids=lambda event: type(event).__name__)
def test_nothing_is_told_of_some_events(event: events.Event) -> None:
    """What other dialects do and this one has no word for is not told."""
    assert codec.notification(event) is None


def test_every_event_of_the_server_is_written_somewhere() -> None:
    """Each event that the document lets the server send comes out of the codec."""
    written = {codec.sent(BARE)[0], codec.error_event(errors.Internal(), AT, None)[0], *EVENTS}
    assert written == sent_by_server("messenger").keys()


def test_receipt_says_who_read_and_when() -> None:
    """A receipt names its message, and the place of it for those who have not loaded it."""
    assert told(codec.notification(EVENTS["message:read"])) == (
        "message:read",
        {
            "messageId": M,
            "readBy": "bob",
            "readAt": "2026-11-20T09:31:00.000Z",
            "conversationId": C,
            "sequence": 1,
        },
    )


def test_status_names_the_user_alone() -> None:
    """No conversation is named: it is about the user."""
    assert told(codec.notification(EVENTS["status:online"])) == ("status:online", {"userId": "bob"})
    assert told(codec.notification(EVENTS["status:offline"])) == ("status:offline", {"userId": "bob"})


def test_confirmation_names_the_clients_own_id() -> None:
    """A confirmation has the message's id, and the client's if it gave one."""
    assert told(codec.sent(BARE)) == ("message:sent", {"id": M, "status": "sent"})
    name, payload = told(codec.sent(FULL))
    assert payload == {"id": M, "status": "sent", "clientMessageId": "mine"}
    sent_by_server("messenger")[name].validate(payload)


# Values.


def test_message_has_what_there_are_words_for() -> None:
    """A message has its place, kind and state; attachments and the like have no word here."""
    assert _json(codec.message(FULL)) == {
        "id": M,
        "conversationId": C,
        "senderId": "alice",
        "content": "hello",
        "type": "image",
        "clientMessageId": "mine",
        "sequence": 1,
        "isEdited": False,
        "isDeleted": False,
        "createdAt": "2026-11-20T09:30:00.000Z",
        "updatedAt": "2026-11-20T09:30:00.000Z",
    }
    assert "clientMessageId" not in _json(codec.message(BARE))


@pytest.mark.parametrize("kind", values.MessageKind)
def test_every_kind_has_its_word(kind: values.MessageKind) -> None:
    """Whatever kind of message another dialect sends is shown as that."""
    assert _json(codec.message(replace(BARE, kind=kind)))["type"] == kind


def test_changes_of_other_dialects_show() -> None:
    """Who reads a message sees that it was edited, or that nothing is left of it."""
    edited = _json(codec.message(FULL.with_content("new", 3, LATER)))
    assert (edited["content"], edited["isEdited"], edited["isDeleted"]) == ("new", True, False)
    assert edited["updatedAt"] == "2026-11-20T09:31:00.000Z"
    erased = _json(codec.message(FULL.erased(4, LATER)))
    assert (erased["content"], erased["isDeleted"], erased["sequence"]) == ("", True, 1)
    component("messenger", "openapi", "Message").validate(erased)


def test_newest_message_comes_first() -> None:
    """The core gives pages in ascending order; this wire has them the other way round."""
    page = codec.message_page([BARE, replace(BARE, id=N, sequence=2)], more=True)
    written = _json(page)
    component("messenger", "openapi", "MessagePage").validate(written)
    assert [each.sequence for each in page.messages] == [2, 1]
    assert written["hasMore"] is True


def test_member_is_called_by_the_best_name_there_is() -> None:
    """The name to show goes before the one to sign in with; who has neither is an id."""
    assert _json(codec.member(ALICE)) == {
        "userId": "alice",
        "displayName": "Alice Liddell",
        "role": "owner",
        "joinedAt": "2026-11-20T09:30:00.000Z",
    }
    plain = replace(ALICE, profile=values.Profile(name="alice_l"))
    assert _json(codec.member(plain))["displayName"] == "alice_l"
    assert "displayName" not in _json(codec.member(BOB))


@pytest.mark.parametrize("summary", [SUMMARY, DIRECT], ids=["group", "direct"])
def test_conversation_is_as_its_document_says(summary: values.ConversationSummary) -> None:
    """A conversation fits its schema, whether there is a name and a message or not."""
    written = _json(codec.conversation(summary))
    component("messenger", "openapi", "Conversation").validate(written)
    assert ("name" in written) == (summary is SUMMARY)
    assert ("lastMessage" in written) == (summary is SUMMARY)


def test_conversation_is_the_callers_own() -> None:
    """It has the caller's unread count, its last message, and the time of that one rather than of a new name."""
    written = _json(codec.conversation(SUMMARY))
    assert written["unreadCount"] == 2
    assert written["lastMessage"] == _json(codec.message(FULL))
    assert (written["createdAt"], written["updatedAt"]) == ("2026-11-20T09:30:00.000Z", "2026-11-20T09:31:00.000Z")


def test_unread_count_has_a_mark_if_there_is_one() -> None:
    """Who has read nothing has no last message that was read."""
    nothing = _json(codec.unread(C, values.ReadMark(message_id=None, sequence=0, unread=4)))
    assert nothing == {"conversationId": C, "unreadCount": 4}
    some = _json(codec.unread(C, values.ReadMark(message_id=M, sequence=1, unread=0)))
    assert some == {"conversationId": C, "unreadCount": 0, "lastReadMessageId": M}
    for each in (nothing, some):
        component("messenger", "openapi", "Unread").validate(each)


# Refusals.


def test_every_error_is_tried() -> None:
    """The table of this test has each kind of refusal."""
    assert {type(each) for each in ERRORS} == set(errors.ChatError.__subclasses__())


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_refusal_is_as_its_document_says(error: errors.ChatError) -> None:
    """Acknowledgement and REST body are one shape; the event adds when, and what was refused."""
    refusal = _json(codec.refusal(error))
    name, event = told(codec.error_event(error, AT, "message:send"))
    for document in ("asyncapi", "openapi"):
        component("messenger", document, "Refusal").validate(refusal)
    sent_by_server("messenger")[name].validate(event)
    assert (refusal["error"], refusal["code"]) == (error.message, error.code)
    assert event == {**refusal, "timestamp": "2026-11-20T09:30:00.000Z", "originalEvent": "message:send"}


def test_details_are_for_programs() -> None:
    """A refused field is named, the time to wait is given in milliseconds, rounded up; else there are no details."""
    field = _json(codec.refusal(errors.Invalid.field("/content", "is empty")))
    assert field["details"] == {"fields": [{"field": "/content", "problem": "is empty"}]}
    assert _json(codec.refusal(errors.RateLimited("no", 1.2341)))["details"] == {"retryAfterMs": 1235}
    assert "details" not in _json(codec.refusal(errors.Invalid("no")))
    assert "details" not in _json(codec.refusal(errors.Forbidden("no")))


def test_error_of_the_connection_names_no_event() -> None:
    """Without an event that was refused, there is no originalEvent."""
    assert "originalEvent" not in told(codec.error_event(errors.Unauthorized("no"), AT, None))[1]


def test_long_words_are_cut() -> None:
    """A client's long event name or field does not make the answer break its own document."""
    _, event = told(codec.error_event(errors.Invalid("m" * 5000), AT, "e" * 5000))
    assert event["error"] == "m" * 1000
    assert event["originalEvent"] == "e" * 255


# Requests.


def test_message_to_send_is_read() -> None:
    """A message is text unless it says otherwise, and has the client's id if it was given one."""
    said = {"conversationId": C, "content": "hello"}
    assert codec.send_command(read(models.SendMessage, json.dumps(said))) == SendMessage(
        conversation_id=C, content="hello"
    )
    full = {**said, "type": "gift", "clientMessageId": "mine"}
    assert codec.send_command(read(models.SendMessage, json.dumps(full))) == SendMessage(
        conversation_id=C, content="hello", kind=values.MessageKind.GIFT, client_id="mine"
    )


@pytest.mark.parametrize("forged", [{"type": "system"}, {"type": None}, {"senderId": "bob"}, {"sequence": 7}])
def test_clients_cannot_speak_as_somebody_else(forged: dict[str, object]) -> None:
    """Neither the server's own kind of message nor anything that the server decides is taken from a client."""
    with pytest.raises(errors.Invalid):
        read(models.SendMessage, json.dumps({"conversationId": C, "content": "hello", **forged}))


def test_conversation_to_create_is_read() -> None:
    """A direct conversation is with one member; a group has a name if it was given one."""
    direct = read(models.CreateConversation, '{"type": "direct", "memberIds": ["bob"]}')
    assert codec.create_command(direct) == CreateConversation(type=values.ConversationType.DIRECT, user_ids=("bob",))
    group = read(models.CreateConversation, '{"type": "group", "memberIds": ["bob", "eve"], "name": "n"}')
    assert codec.create_command(group) == CreateConversation(
        type=values.ConversationType.GROUP, user_ids=("bob", "eve"), name="n"
    )
    with pytest.raises(errors.Invalid, match="/memberIds"):
        codec.create_command(read(models.CreateConversation, '{"type": "group", "memberIds": ["bob", "bob"]}'))
