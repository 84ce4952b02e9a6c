"""Domain values and wire models say the same, as the documents have it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from doubles.acknowledged import told
from doubles.gateway import component, sent_by_server

from palaver_runtime.dialects._reading import read
from palaver_runtime.dialects.gateway import codec
from palaver_runtime.domain import errors, events, values
from palaver_runtime.domain.commands import CreateConversation, Missed, SendMessage, Synchronise
from palaver_runtime.services.accounts import SignedIn
from palaver_wire.contract import WireModel
from palaver_wire.gateway import models

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
    attachments=(values.Attachment(file_id="f", label="l"), values.Attachment(file_id="g")),
    metadata={"k": [1, None]},
    reply_to=N,
    client_id="mine",
)
GROUP = values.Conversation(
    id=C,
    type=values.ConversationType.GROUP,
    name="Planning",
    metadata={"k": "v"},
    created_by="alice",
    created_at=AT,
    updated_at=LATER,
    active_at=AT,
    revision=3,
    sequence=1,
    participants=(
        values.Participant(user_id="alice", role=values.Role.OWNER, joined_at=AT),
        values.Participant(user_id="bob", role=values.Role.MEMBER, joined_at=LATER),
    ),
)
DIRECT = replace(GROUP, type=values.ConversationType.DIRECT, name=None)

EVENTS = {
    "message:new": events.MessageCreated(conversation_id=C, revision=2, message=FULL),
    "message:updated": events.MessageEdited(conversation_id=C, revision=3, message=FULL.with_content("new", 3, LATER)),
    "message:deleted": events.MessageDeleted(conversation_id=C, revision=4, message=FULL.erased(4, LATER)),
    "conversation:new": events.ConversationCreated(conversation_id=C, revision=1, conversation=GROUP),
    "conversation:updated": events.ConversationUpdated(conversation_id=C, revision=5, conversation=GROUP),
    "participant:added": events.ParticipantAdded(
        conversation_id=C, revision=6, conversation=GROUP, user_id="bob", at=LATER
    ),
    "participant:removed": events.ParticipantRemoved(conversation_id=C, revision=7, user_id="bob", at=LATER),
    "message:read": events.ReadMarked(conversation_id=C, user_id="bob", message_id=M, sequence=1, at=LATER),
    "user:typing": events.TypingChanged(conversation_id=C, user_id="bob", active=True, at=LATER),
    "user:online": events.PresenceChanged(conversation_id=C, user_id="bob", online=True, at=LATER),
    "user:offline": events.PresenceChanged(conversation_id=C, user_id="bob", online=False, at=LATER),
}
SILENT = (
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


def _nulls(value: object, place: str = "") -> list[str]:
    """Give the places of nulls outside of metadata, where they are the client's own."""
    if value is None:
        return [place]
    if isinstance(value, dict):
        return [at for key, each in value.items() if key != "metadata" for at in _nulls(each, f"{place}/{key}")]
    if isinstance(value, list):
        return [at for each in value for at in _nulls(each, f"{place}/-")]
    return []


# Events.


def test_every_domain_event_is_tried() -> None:
    """The table of this test has each kind of domain event, so that a new one is not forgotten."""
    tried = {type(each) for each in (*EVENTS.values(), *SILENT)}
    assert tried == set(get_args(events.Event))


@pytest.mark.parametrize(("name", "event"), EVENTS.items(), ids=EVENTS)
def test_event_is_as_its_document_says(name: str, event: events.Event) -> None:
    """Each event has the name and the payload of the AsyncAPI document, to others and to whom it is about."""
    for notification in codec.notifications(event):
        written, payload = told(notification)
        sent_by_server()[written].validate(payload)
        assert _nulls(payload) == []
    assert codec.notifications(event)[0][0] == name


@pytest.mark.parametrize("event", SILENT, ids=lambda event: type(event).__name__)
def test_nothing_is_told_of_some_events(event: events.Event) -> None:
    """A superseded revision and an ended session have no event of their own."""
    assert codec.notifications(event) == (None, None)


def test_who_is_added_gets_the_conversation() -> None:
    """The others learn who came; who came gets the conversation itself."""
    others, themselves = codec.notifications(EVENTS["participant:added"])
    assert told(others) == (
        "participant:added",
        {"conversationId": C, "userId": "bob", "timestamp": "2026-11-20T09:31:00.000Z"},
    )
    assert told(themselves) == ("conversation:joined", _json(codec.conversation(GROUP)))


def test_who_is_removed_loses_the_conversation() -> None:
    """The others learn who went; who went learns that the conversation is gone."""
    others, themselves = codec.notifications(EVENTS["participant:removed"])
    assert told(others)[1]["userId"] == "bob"
    assert told(themselves) == ("conversation:removed", {"conversationId": C})


def test_every_event_of_the_server_is_written_somewhere() -> None:
    """Each event that the document lets the server send comes out of the codec."""
    written = {notification[0] for event in EVENTS.values() for notification in codec.notifications(event)}
    written |= {codec.connected("alice", "id", 0, AT)[0], codec.error_event(errors.Internal(), AT, None)[0]}
    assert written == sent_by_server().keys()


# Values.


def test_message_has_all_that_was_said() -> None:
    """Every field of a message reaches the wire under the document's name."""
    assert _json(codec.message(FULL)) == {
        "id": M,
        "conversationId": C,
        "senderId": "alice",
        "content": "hello",
        "attachments": [{"externalFileId": "f", "label": "l"}, {"externalFileId": "g"}],
        "replyTo": N,
        "metadata": {"k": [1, None]},
        "clientMessageId": "mine",
        "sequence": 1,
        "revision": 2,
        "isEdited": False,
        "isDeleted": False,
        "createdAt": "2026-11-20T09:30:00.000Z",
        "updatedAt": "2026-11-20T09:30:00.000Z",
    }


def test_erased_message_keeps_nothing() -> None:
    """Of a deleted message the place is left, and when it was deleted."""
    written = _json(codec.message(FULL.erased(9, LATER)))
    assert (written["content"], written["attachments"], written["metadata"]) == ("", [], {})
    assert (written["isDeleted"], written["deletedAt"]) == (True, "2026-11-20T09:31:00.000Z")


def test_absent_is_absent() -> None:
    """What a value does not have is not on the wire at all, rather than null."""
    assert _json(codec.message(BARE)).keys().isdisjoint({"replyTo", "clientMessageId", "deletedAt"})
    assert _json(codec.conversation(DIRECT)).keys().isdisjoint({"name", "lastMessage", "unreadCount"})
    assert _json(codec.user(values.User(id="u", created_at=AT))).keys() == {"id", "createdAt"}
    unread = values.ReadMark(message_id=None, sequence=0, unread=4)
    assert _json(codec.read_mark(C, unread)) == {"conversationId": C, "unreadCount": 4}
    assert _json(codec.read_mark_ack(unread)) == {"success": True, "unreadCount": 4}


USER = values.User(id="u", name="alice", display_name="Alice", created_at=AT)
MARK = values.ReadMark(message_id=M, sequence=3, unread=0)


@pytest.mark.parametrize(
    ("document", "name", "model"),
    [
        ("openapi", "Message", codec.message(FULL)),
        ("openapi", "Message", codec.message(BARE)),
        ("openapi", "Participant", codec.participant(GROUP.participants[0])),
        ("openapi", "Conversation", codec.conversation(GROUP)),
        (
            "openapi",
            "Conversation",
            codec.summary(values.ConversationSummary(conversation=DIRECT, last_message=FULL, unread=2)),
        ),
        (
            "openapi",
            "Conversation",
            codec.summary(values.ConversationSummary(conversation=DIRECT, last_message=None, unread=0)),
        ),
        ("openapi", "User", codec.user(USER)),
        ("openapi", "Session", codec.session(SignedIn(user=USER, access_token="a", refresh_token="r", expires_in=9))),
        ("openapi", "ReadMark", codec.read_mark(C, MARK)),
        ("asyncapi", "MarkReadAck", codec.read_mark_ack(MARK)),
        (
            "asyncapi",
            "SyncMessagesAck",
            codec.missed(Missed(messages=(FULL,), changed=(BARE,), has_more=True, revision=3)),
        ),
    ],
)
def test_answer_is_as_its_document_says(document: str, name: str, model: WireModel) -> None:
    """Each value that is answered fits its schema, without a null."""
    written = _json(model)
    component(document, name).validate(written)
    assert _nulls(written) == []


def test_summary_is_the_callers_own() -> None:
    """Last message and unread count come with a listing, and only there."""
    written = _json(codec.summary(values.ConversationSummary(conversation=GROUP, last_message=FULL, unread=2)))
    assert written["unreadCount"] == 2
    assert written["lastMessage"] == _json(codec.message(FULL))


# Refusals.


def test_every_error_is_tried() -> None:
    """The table of this test has each kind of refusal."""
    assert {type(each) for each in ERRORS} == set(errors.ChatError.__subclasses__())


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_refusal_is_as_its_document_says(error: errors.ChatError) -> None:
    """Acknowledgement, event and REST body say the same of an error, each in its document's shape."""
    refused, body = _json(codec.refused(error)), _json(codec.error_body(error))
    name, event = told(codec.error_event(error, AT, "message:send"))
    component("asyncapi", "Refused").validate(refused)
    component("openapi", "ErrorBody").validate(body)
    sent_by_server()[name].validate(event)
    assert refused["success"] is False
    assert refused["error"] == body["error"]
    assert event == {**body["error"], "timestamp": "2026-11-20T09:30:00.000Z", "originalEvent": "message:send"}
    assert (body["error"]["code"], body["error"]["message"]) == (error.code, error.message)


def test_details_are_for_programs() -> None:
    """A refused field is named, the time to wait is given in milliseconds, rounded up; else there are no details."""
    field = _json(codec.reason(errors.Invalid.field("/content", "is empty")))
    assert field["details"] == {"fields": [{"field": "/content", "problem": "is empty"}]}
    assert _json(codec.reason(errors.RateLimited("no", 1.2341)))["details"] == {"retryAfterMs": 1235}
    assert "details" not in _json(codec.reason(errors.Invalid("no")))
    assert "details" not in _json(codec.reason(errors.Forbidden("no")))


def test_error_of_the_connection_names_no_event() -> None:
    """Without an event that was refused, there is no originalEvent."""
    assert "originalEvent" not in told(codec.error_event(errors.Unauthorized("no"), AT, None))[1]


def test_long_words_are_cut() -> None:
    """A client's long event name or field does not make the answer break its own document."""
    _, event = told(codec.error_event(errors.Invalid("m" * 5000), AT, "e" * 5000))
    assert event["message"] == "m" * 1000
    assert event["originalEvent"] == "e" * 255


# Requests.


@pytest.mark.parametrize("rest", [False, True])
def test_message_to_send_is_read(rest: bool) -> None:
    """REST and the event carry the same message to send."""
    said = {
        "content": "hello",
        "attachments": [{"externalFileId": "f", "label": "l"}, {"externalFileId": "g"}],
        "metadata": {"k": 1},
        "replyTo": N,
        "clientMessageId": "mine",
    }
    if rest:
        request = read(models.NewMessage, json.dumps(said))
    else:
        request = read(models.SendMessage, json.dumps({**said, "conversationId": C}))
    assert codec.send_command(C, request) == SendMessage(
        conversation_id=C,
        content="hello",
        attachments=FULL.attachments,
        metadata={"k": 1},
        reply_to=N,
        client_id="mine",
    )


def test_absent_fields_of_requests_are_none() -> None:
    """What a request leaves out is None or empty to the services."""
    assert codec.send_command(C, read(models.NewMessage, '{"content": "x"}')) == SendMessage(
        conversation_id=C, content="x"
    )
    assert codec.sync_command(read(models.SyncMessages, json.dumps({"conversationId": C}))) == Synchronise(
        conversation_id=C, last_message_id=None, revision=None, limit=100
    )
    direct = read(models.NewConversation, '{"type": "direct", "participantIds": ["bob"]}')
    assert codec.create_command(direct) == CreateConversation(type=values.ConversationType.DIRECT, user_ids=("bob",))


def test_full_requests_are_read() -> None:
    """Where a client stands, and what a conversation is to be, reach the services."""
    sync = {"conversationId": C, "lastMessageId": M, "revision": 0, "limit": 5}
    assert codec.sync_command(read(models.SyncMessages, json.dumps(sync))) == Synchronise(
        conversation_id=C, last_message_id=M, revision=0, limit=5
    )
    group = {"type": "group", "participantIds": ["bob", "eve"], "name": "n", "metadata": {"k": 1}}
    assert codec.create_command(read(models.NewConversation, json.dumps(group))) == CreateConversation(
        type=values.ConversationType.GROUP, user_ids=("bob", "eve"), name="n", metadata={"k": 1}
    )
    with pytest.raises(errors.Invalid, match="/participantIds"):
        codec.create_command(read(models.NewConversation, '{"type": "group", "participantIds": ["bob", "bob"]}'))


def test_what_the_gateway_has_no_word_for_is_not_on_its_wire() -> None:
    """Kinds, names of users and public conversations change nothing of what its clients are sent."""
    alice, bob = values.Profile(name="al", display_name="Alice"), values.Profile(name="bo")
    named = replace(FULL, kind=values.MessageKind.GIFT, sender=alice)
    people = tuple(replace(each, profile=bob) for each in GROUP.participants)
    public = replace(GROUP, public=True, participants=people)
    changes: dict[str, object] = {"message": named, "conversation": public, "profile": bob}
    for event in EVENTS.values():
        known = {each: value for each, value in changes.items() if hasattr(event, each)}
        if isinstance(event, events.MessageEdited | events.MessageDeleted):
            known["message"] = replace(event.message, kind=named.kind, sender=alice)
        assert codec.notifications(replace(event, **known)) == codec.notifications(event)  # type: ignore[arg-type]
    summary = values.ConversationSummary(conversation=public, last_message=named, unread=1)
    plain = replace(summary, conversation=GROUP, last_message=FULL)
    assert codec.summary(summary) == codec.summary(plain)
