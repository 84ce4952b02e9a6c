"""Domain events as bytes."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver_runtime.adapters.redis.codec import KINDS, VERSION, Unreadable, decode, encode
from palaver_runtime.domain.events import (
    Change,
    Event,
    MessageCreated,
    ParticipantAdded,
    ParticipantRemoved,
    SessionEnded,
    Signal,
    TypingChanged,
)
from palaver_runtime.domain.values import (
    UNNAMED,
    Attachment,
    Conversation,
    ConversationType,
    Message,
    MessageKind,
    Participant,
    Profile,
    Role,
)

PartT = TypeVar("PartT", Attachment, Conversation, Message, Participant, Profile)

# Any code point, surrogates included: a user's name comes from a foreign token.
TEXTS = st.text(st.characters(), max_size=20)
MOMENTS = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(fold=0))
NUMBERS = st.integers(0, 2**62)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
METADATA = st.dictionaries(TEXTS, JSON, max_size=3)


def every(part: type[PartT], /, **parts: st.SearchStrategy[object]) -> st.SearchStrategy[PartT]:
    """Any value of a class that is part of an event; a field that is not given fails."""
    assert parts.keys() == part.__dataclass_fields__.keys()
    return st.builds(part, **parts)


PROFILES = every(Profile, name=st.none() | TEXTS, display_name=st.none() | TEXTS)
PARTICIPANTS = every(Participant, user_id=TEXTS, role=st.sampled_from(Role), joined_at=MOMENTS, profile=PROFILES)
CONVERSATIONS = every(
    Conversation,
    id=TEXTS,
    type=st.sampled_from(ConversationType),
    name=st.none() | TEXTS,
    metadata=METADATA,
    created_by=TEXTS,
    created_at=MOMENTS,
    updated_at=MOMENTS,
    active_at=MOMENTS,
    revision=NUMBERS,
    sequence=NUMBERS,
    participants=st.lists(PARTICIPANTS, max_size=3).map(tuple),
    public=st.booleans(),
)
MESSAGES = every(
    Message,
    id=TEXTS,
    conversation_id=TEXTS,
    sender_id=TEXTS,
    sender=PROFILES,
    kind=st.sampled_from(MessageKind),
    content=TEXTS,
    attachments=st.lists(every(Attachment, file_id=TEXTS, label=st.none() | TEXTS), max_size=3).map(tuple),
    metadata=METADATA,
    reply_to=st.none() | TEXTS,
    client_id=st.none() | TEXTS,
    sequence=NUMBERS,
    created_revision=NUMBERS,
    revision=NUMBERS,
    edited=st.booleans(),
    created_at=MOMENTS,
    updated_at=MOMENTS,
    deleted_at=st.none() | MOMENTS,
)
PARTS: dict[str, st.SearchStrategy[object]] = {
    "conversation_id": TEXTS,
    "user_id": TEXTS,
    "dialect": TEXTS,
    "event": TEXTS,
    "payload": METADATA,
    "profile": PROFILES,
    "session_id": TEXTS,
    "message_id": TEXTS,
    "revision": NUMBERS,
    "sequence": NUMBERS,
    "at": MOMENTS,
    "committed_at": st.none() | MOMENTS,
    "trace": st.none() | TEXTS,
    "active": st.booleans(),
    "online": st.booleans(),
    "message": MESSAGES,
    "conversation": CONVERSATIONS,
}


def events_of(kind: type[Event]) -> st.SearchStrategy[Event]:
    """Any event of a class; a field that is not known here fails."""
    return st.builds(kind, **{name: PARTS[name] for name in kind.__dataclass_fields__})


def example() -> dict[str, object]:
    """An event as a document that can be spoilt."""
    at = datetime(2026, 1, 2, tzinfo=UTC)
    document = json.loads(encode(TypingChanged(conversation_id="c", user_id="u", active=True, at=at)))
    assert isinstance(document, dict)
    return document


def test_every_event_has_a_kind() -> None:
    """No event of the domain is left out, and none has two kinds."""
    assert sorted(KINDS.values(), key=str) == sorted([*get_args(Change), *get_args(Signal)], key=str)


@pytest.mark.parametrize("kind", KINDS.values())
@given(data=st.data())
def test_event_comes_back_as_it_was(kind: type[Event], data: st.DataObject) -> None:
    """Whatever an event holds is there again after the way, with its type, and the way is a line."""
    event = data.draw(events_of(kind))
    written = encode(event)
    assert b"\n" not in written
    again = decode(written)
    assert again == event
    assert repr(again) == repr(event)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"v": VERSION + 1}, "another version"),
        ({"v": None}, "no version"),
        ({"k": "message.sung"}, "unknown kind"),
        ({"k": ["typing.changed"]}, "unknown kind"),
        ({"k": "session.ended"}, r"session\.ended cannot be read"),
        ({"e": None}, "cannot be read"),
        ({"e": {}}, "cannot be read"),
    ],
)
def test_what_is_not_known_is_unreadable(change: dict[str, object], why: str) -> None:
    """Another version, another kind and other fields are refused, each with its reason."""
    with pytest.raises(Unreadable, match=why):
        decode(json.dumps(example() | change).encode())


@pytest.mark.parametrize(
    "field",
    [{"active": 1}, {"user_id": 7}, {"user_id": None}, {"at": "now"}, {"at": 10**30}, {"at": True}, {"at": 1.5}],
)
def test_field_of_another_type_is_unreadable(field: dict[str, object]) -> None:
    """No value is taken for another that resembles it."""
    document = example()
    content = document["e"]
    assert isinstance(content, dict)
    with pytest.raises(Unreadable, match="cannot be read"):
        decode(json.dumps(document | {"e": content | field}).encode())


@pytest.mark.parametrize(
    "field",
    [
        *({name: 7} for name in ("id", "conversation_id", "sender_id", "content", "kind", "reply_to", "client_id")),
        *(
            {name: True}
            for name in ("sequence", "created_revision", "revision", "created_at", "updated_at", "deleted_at")
        ),
        *({name: None} for name in ("id", "content", "sequence", "created_at", "updated_at")),
        *({name: 1} for name in ("edited", "sender", "attachments", "metadata")),
        {"kind": "song"},
        {"attachments": [1]},
        {"metadata": []},
    ],
)
def test_message_with_a_field_of_another_type_is_unreadable(field: dict[str, object]) -> None:
    """As of any other event; a message is read by a function of its own."""
    at = datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    message = Message(
        id="m",
        conversation_id="c",
        sender_id="u",
        content="",
        sequence=1,
        created_revision=1,
        revision=1,
        created_at=at,
        updated_at=at,
    )
    document = json.loads(encode(MessageCreated(conversation_id="c", revision=1, message=message)))
    document["e"]["message"] |= field
    with pytest.raises(Unreadable, match=r"message\.created cannot be read"):
        decode(json.dumps(document).encode())


def test_field_of_a_later_version_is_passed_over() -> None:
    """An instance that knows more fields can be understood by one that knows fewer, and the reverse."""
    document = json.loads(encode(SessionEnded(user_id="u", session_id="s")))
    document["e"]["reason"] = "stolen"
    assert decode(json.dumps(document).encode()) == SessionEnded(user_id="u", session_id="s")


@given(MESSAGES)
def test_message_of_an_older_instance_has_defaults(message: Message) -> None:
    """A field with a default may be missing, as an instance of the version before does not write it."""
    document = json.loads(encode(MessageCreated(conversation_id="c", revision=1, message=message)))
    for field in ("edited", "sender", "kind"):
        document["e"]["message"].pop(field, None)
    plain = replace(message, edited=False, sender=UNNAMED, kind=MessageKind.TEXT)
    expected = MessageCreated(conversation_id="c", revision=1, message=plain)
    for field in ("committed_at", "trace"):
        document["e"].pop(field, None)
    again = decode(json.dumps(document).encode())
    assert again == expected
    assert repr(again) == repr(expected)


@given(events_of(ParticipantAdded))
def test_membership_of_an_older_instance_has_defaults(event: ParticipantAdded) -> None:
    """So does a conversation with its participants, and what tells of a user."""
    document = json.loads(encode(event))
    del document["e"]["profile"], document["e"]["conversation"]["public"]
    for each in document["e"]["conversation"]["participants"]:
        del each["profile"]
    participants = tuple(replace(each, profile=UNNAMED) for each in event.conversation.participants)
    conversation = replace(event.conversation, public=False, participants=participants)
    expected = replace(event, profile=UNNAMED, conversation=conversation)
    assert decode(json.dumps(document).encode()) == expected


@pytest.mark.parametrize("kind", [ParticipantRemoved, TypingChanged])
@given(data=st.data())
def test_event_of_an_older_instance_names_nobody(
    kind: type[ParticipantRemoved | TypingChanged], data: st.DataObject
) -> None:
    """Without a profile an event is as one of a user without names."""
    event = data.draw(events_of(kind))
    document = json.loads(encode(event))
    del document["e"]["profile"]
    assert decode(json.dumps(document).encode()) == replace(event, profile=UNNAMED)


@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_else_is_unreadable(data: bytes) -> None:
    """Bytes that no instance wrote raise Unreadable, never anything else."""
    with pytest.raises(Unreadable):
        decode(data)


def test_bottomless_document_is_unreadable() -> None:
    """Nesting beyond what the parser bears is refused as well."""
    with pytest.raises(Unreadable):
        decode(b"[" * 100_000)
