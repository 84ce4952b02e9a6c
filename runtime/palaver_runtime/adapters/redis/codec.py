"""Domain events as bytes, for the way between instances. Pure.

An event is a JSON object `{"v": version, "k": kind, "e": fields}`; what is not JSON by nature is written by its
type: a moment as microseconds since 1970, an enumeration by its value, a tuple as an array. How each class is
written follows from its annotations, so that a field that is added to an event travels without a word here.

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
from palaver_runtime.domain.values import Attachment, Conversation, Message, Participant, Profile

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
        return to_json(document, inf_nan_mode="constants")
    except PydanticSerializationError:
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
    return _EPOCH + _exactly(int)(value) * _MICROSECOND  # type: ignore[operator]


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
        given = cast("dict[str, object]", _exactly(dict)(value))
        if not needed <= given.keys():
            raise TypeError
        return cls(**{name: read(given[name]) for name, read in readers if name in given})

    return read


_NAMES: Mapping[type, str] = {cls: kind for kind, cls in KINDS.items()}
_WRITERS: dict[type, _Turn] = {}
_READERS: dict[type, _Turn] = {}
# What is part of another comes before it.
for _cls in (Profile, Attachment, Message, Participant, Conversation, *KINDS.values()):
    _WRITERS[_cls] = _write_as(_cls)
    _READERS[_cls] = _read_as(_cls)
