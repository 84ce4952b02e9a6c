"""Domain events as bytes, for the way between instances. Pure.

An event is a JSON object `{"v": version, "k": kind, "e": fields}`; what is not JSON by nature is written by its
type: a moment as microseconds since 1970, an enumeration by its value, a tuple as an array. How each class is
written follows from its annotations, so that a field that is added to an event travels without a word here. New
messages, of which there are more than of all else, have functions of their own, which write nothing that they lack.

Instances of two versions talk to each other while a cluster is updated. A field with a default may be added as it
is: who does not know it passes over it. Anything else takes a new VERSION, whose events an older instance ignores
and finds again in the store.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import UnionType
from typing import Union, cast, get_args, get_origin, get_type_hints

import orjson
from pydantic_core import PydanticSerializationError, from_json, to_json

from palaver_runtime.domain.events import (
    Announced,
    ConversationCreated,
    ConversationUpdated,
    Event,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    ParticipantAdded,
    ParticipantRemoved,
    PresenceChanged,
    ReadMarked,
    SessionEnded,
    Superseded,
    TypingChanged,
)
from palaver_runtime.domain.values import UNNAMED, Attachment, Conversation, Message, MessageKind, Participant, Profile

VERSION = 1

KINDS: Mapping[str, type[Event]] = {
    "message.created": MessageCreated,
    "message.edited": MessageEdited,
    "message.deleted": MessageDeleted,
    "conversation.created": ConversationCreated,
    "conversation.updated": ConversationUpdated,
    "participant.added": ParticipantAdded,
    "participant.removed": ParticipantRemoved,
    "announced": Announced,
    "superseded": Superseded,
    "read.marked": ReadMarked,
    "typing.changed": TypingChanged,
    "presence.changed": PresenceChanged,
    "session.ended": SessionEnded,
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_Turn = Callable[[object], object]


class Unreadable(ValueError):
    """These bytes are no event that this version knows; the message says why, and quotes nothing."""


def encode(event: Event) -> bytes:
    """Write an event. The bytes are without a line break, whatever strings it has."""
    kind = _NAMES[type(event)]
    document = {"v": VERSION, "k": kind, "e": _WRITERS[type(event)](event)}
    try:
        if isinstance(event, MessageCreated) and not event.message.metadata:
            # It has nothing that this one, the quickest, would write as something else: numbers that are too large.
            return orjson.dumps(document)
        return to_json(document, inf_nan_mode="constants")
    except (PydanticSerializationError, orjson.JSONEncodeError):
        # Half of a surrogate pair can only be written as an escape.
        return json.dumps(document, separators=(",", ":")).encode("ascii")


def decode(data: bytes) -> Event:
    """Read an event; raise Unreadable for anything else."""
    try:
        document = _parsed(data)
    except (ValueError, RecursionError):
        raise Unreadable("this is not JSON") from None
    if not isinstance(document, dict):
        raise Unreadable("this is not an object")
    version, kind, content = (document.get(key) for key in "vke")
    if version != VERSION:
        raise Unreadable("the event is of another version" if isinstance(version, int) else "there is no version")
    known = KINDS.get(kind) if isinstance(kind, str) else None
    if known is None:
        raise Unreadable("the event is of an unknown kind")
    try:
        return cast("Event", _READERS[known](content))
    except (TypeError, ValueError, OverflowError) as error:
        raise Unreadable(f"a {kind} cannot be read: {type(error).__name__}") from None


def _parsed(data: bytes) -> object:
    try:
        return from_json(data)
    except ValueError:
        # As at half of a surrogate pair.
        return json.loads(data)


def _microseconds(value: object) -> object:
    return (cast("datetime", value) - _EPOCH) // _MICROSECOND


def _moment(value: object) -> object:
    return _when(value)


def _when(value: object) -> datetime:
    return _EPOCH + timedelta(microseconds=_number(value))


def _text(value: object) -> str:
    if type(value) is not str:
        raise TypeError
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _dict(value: object) -> dict[str, object]:
    if type(value) is not dict:
        raise TypeError
    return cast("dict[str, object]", value)


def _same(value: object) -> object:
    return value


def _exactly(kind: type) -> _Turn:
    """Accept values of one JSON type alone."""

    def read(value: object) -> object:
        if type(value) is not kind:
            raise TypeError
        return value

    return read


def _writer(hint: object) -> _Turn:
    """Give what turns a value with this annotation into what JSON can say."""
    match _plain(hint):
        case (inner, "optional"):
            write = _writer(inner)
            return lambda value: None if value is None else write(value)
        case (inner, "tuple"):
            write = _writer(inner)
            return lambda value: [write(each) for each in cast("tuple[object, ...]", value)]
        case _ if hint is datetime:
            return _microseconds
        case _ if isinstance(hint, type) and hint in _WRITERS:
            return _WRITERS[hint]
        case _ if get_origin(hint) is Mapping:
            return lambda value: dict(cast("Mapping[str, object]", value))
        case _:
            return _same


def _reader(hint: object) -> _Turn:
    """Give what reads such a value back, and raises TypeError or ValueError for another."""
    match _plain(hint):
        case (inner, "optional"):
            read = _reader(inner)
            return lambda value: None if value is None else read(value)
        case (inner, "tuple"):
            read = _reader(inner)
            return lambda value: tuple(read(each) for each in cast("list[object]", _exactly(list)(value)))
        case _ if hint is datetime:
            return _moment
        case _ if isinstance(hint, type) and hint in _READERS:
            return _READERS[hint]
        case _ if get_origin(hint) is Mapping:
            return _exactly(dict)
        case _ if isinstance(hint, type) and issubclass(hint, Enum):
            return hint
        case _ if isinstance(hint, type) and hint in (str, int, bool):
            return _exactly(hint)
        case _:
            raise NotImplementedError(f"a field of type {hint} has no way over the bus yet: give it one here")


def _plain(hint: object) -> tuple[object, str] | None:
    """Take an annotation `X | None` or `tuple[X, ...]` apart."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType) and len(arguments) == 2 and arguments[1] is type(None):
        return arguments[0], "optional"
    if origin is tuple and arguments[1:] == (...,):
        return arguments[0], "tuple"
    return None


def _write_as(cls: type) -> _Turn:
    hints = get_type_hints(cls)
    writers = [(each.name, _writer(hints[each.name])) for each in fields(cls)]
    return lambda value: {name: write(getattr(value, name)) for name, write in writers}


def _read_as(cls: type) -> _Turn:
    hints = get_type_hints(cls)
    readers = [(each.name, _reader(hints[each.name])) for each in fields(cls)]
    needed = {each.name for each in fields(cls) if each.default is MISSING and each.default_factory is MISSING}

    def read(value: object) -> object:
        given = _dict(value)
        if not needed <= given.keys():
            raise TypeError
        return cls(**{name: read(given[name]) for name, read in readers if name in given})

    return read


def _attachments(value: object) -> tuple[Attachment, ...]:
    given = cast("list[object]", _exactly(list)(value))
    return tuple([cast("Attachment", _READERS[Attachment](each)) for each in given])


def _write_message(value: object) -> dict[str, object]:
    message = cast("Message", value)
    document: dict[str, object] = {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "sender_id": message.sender_id,
        "content": message.content,
        "sequence": message.sequence,
        "created_revision": message.created_revision,
        "revision": message.revision,
        "created_at": _microseconds(message.created_at),
        "updated_at": _microseconds(message.updated_at),
    }
    sender = message.sender
    if sender.name is not None or sender.display_name is not None:
        document["sender"] = _WRITERS[Profile](sender)
    if message.kind is not MessageKind.TEXT:
        document["kind"] = message.kind
    if message.attachments:
        document["attachments"] = [_WRITERS[Attachment](each) for each in message.attachments]
    if message.metadata:
        document["metadata"] = dict(message.metadata)
    if message.reply_to is not None:
        document["reply_to"] = message.reply_to
    if message.client_id is not None:
        document["client_id"] = message.client_id
    if message.edited:
        document["edited"] = True
    if message.deleted_at is not None:
        document["deleted_at"] = _microseconds(message.deleted_at)
    return document


def _read_message(value: object) -> Message:
    given = _dict(value)
    sender, kind = given.get("sender"), given.get("kind")
    attachments, metadata = given.get("attachments"), given.get("metadata")
    created, updated, deleted = given.get("created_at"), given.get("updated_at"), given.get("deleted_at")
    created_at = _when(created)
    return Message(
        id=_text(given.get("id")),
        conversation_id=_text(given.get("conversation_id")),
        sender_id=_text(given.get("sender_id")),
        sender=UNNAMED if sender is None else cast("Profile", _READERS[Profile](sender)),
        kind=MessageKind.TEXT if kind is None else MessageKind(_text(kind)),
        content=_text(given.get("content")),
        attachments=() if attachments is None else _attachments(attachments),
        metadata={} if metadata is None else _dict(metadata),
        reply_to=_text_or_none(given.get("reply_to")),
        client_id=_text_or_none(given.get("client_id")),
        sequence=_number(given.get("sequence")),
        created_revision=_number(given.get("created_revision")),
        revision=_number(given.get("revision")),
        edited=_flag(given.get("edited", False)),
        created_at=created_at,
        updated_at=created_at if _number(updated) == created else _when(updated),
        deleted_at=None if deleted is None else _when(deleted),
    )


def _write_created(value: object) -> object:
    event = cast("MessageCreated", value)
    document: dict[str, object] = {
        "conversation_id": event.conversation_id,
        "revision": event.revision,
        "message": _write_message(event.message),
    }
    if event.committed_at is not None:
        document["committed_at"] = _microseconds(event.committed_at)
    if event.trace is not None:
        document["trace"] = event.trace
    return document


def _read_created(value: object) -> object:
    given = _dict(value)
    committed = given.get("committed_at")
    return MessageCreated(
        conversation_id=_text(given.get("conversation_id")),
        revision=_number(given.get("revision")),
        message=_read_message(given.get("message")),
        committed_at=None if committed is None else _when(committed),
        trace=_text_or_none(given.get("trace")),
    )


_NAMES: Mapping[type, str] = {cls: kind for kind, cls in KINDS.items()}
_OWN_WRITERS: Mapping[type, _Turn] = {Message: _write_message, MessageCreated: _write_created}
_OWN_READERS: Mapping[type, _Turn] = {Message: _read_message, MessageCreated: _read_created}
_WRITERS: dict[type, _Turn] = {}
_READERS: dict[type, _Turn] = {}
# What is part of another comes before it.
for _cls in (Profile, Attachment, Message, Participant, Conversation, *KINDS.values()):
    _WRITERS[_cls] = _OWN_WRITERS.get(_cls) or _write_as(_cls)
    _READERS[_cls] = _OWN_READERS.get(_cls) or _read_as(_cls)
