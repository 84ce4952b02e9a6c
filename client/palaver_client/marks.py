"""Where a client stands in each conversation, so that nothing is told twice and what is missing can be asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from palaver_client.facts import identifier, items, number, part
from palaver_wire.client import Fields, Json, Meaning

_CREATED = "message.created"
_CHANGED = frozenset({"message.edited", "message.deleted"})
_COME_INTO = frozenset({"conversation.created", "conversation.joined"})
_GONE_FROM = frozenset({"conversation.removed"})


@dataclass(frozen=True, slots=True)
class Mark:
    """The last message that was told, and the last change; None for what is not known."""

    message: str | None = None
    sequence: int | None = None
    revision: int | None = None


class Marks:
    """The marks of all conversations. Messages and changes of one come in order, apart from repetitions."""

    def __init__(self) -> None:
        self._marks: dict[str, Mark] = {}

    @property
    def conversations(self) -> tuple[str, ...]:
        """The conversations that are known."""
        return tuple(self._marks)

    def of(self, conversation: str) -> Mark | None:
        """Return the mark of a conversation, None if it is not known."""
        return self._marks.get(conversation)

    def forget(self, conversation: str) -> None:
        """Know a conversation no longer."""
        self._marks.pop(conversation, None)

    def begin(self, value: Json, fields: Fields) -> str | None:
        """Take a conversation entity for where things stand, unless the conversation is known; return its id."""
        conversation = identifier(value, fields, "id")
        if conversation is not None and conversation not in self._marks:
            self._marks[conversation] = standing(value, fields)
        return conversation

    def place(self, conversation: str, mark: Mark) -> None:
        """Set a mark."""
        self._marks[conversation] = mark

    def caught_up(self, conversation: str, revision: int | None) -> None:
        """Take note that all changes up to a revision have been told."""
        mark = self._marks.get(conversation, Mark())
        self._marks[conversation] = replace(mark, revision=_later(mark.revision, revision))

    def admit(self, meaning: Meaning, value: Json) -> bool:
        """Whether an event is new; from then on it is not. Events that repeat nothing that is counted always are."""
        fields = meaning.fields
        if meaning.means == _CREATED:
            return self._message(value, fields)
        if meaning.means in _CHANGED:
            return self._change(value, fields)
        if meaning.means in _COME_INTO and (found := part(value, fields, "conversation")) is not None:
            self.begin(*found)
        if meaning.means in _GONE_FROM and (gone := identifier(value, fields, "conversation")) is not None:
            self.forget(gone)
        return True

    def _message(self, value: Json, fields: Fields) -> bool:
        conversation = identifier(value, fields, "message.conversation")
        if conversation is None:
            return True
        mark = self._marks.get(conversation, Mark())
        identity, sequence = identifier(value, fields, "message.id"), number(value, fields, "message.sequence")
        known = mark.sequence is not None and sequence is not None and sequence <= mark.sequence
        if known or (identity is not None and identity == mark.message):
            return False
        revision = number(value, fields, "message.revision")
        self._marks[conversation] = Mark(identity, sequence, _later(mark.revision, revision))
        return True

    def _change(self, value: Json, fields: Fields) -> bool:
        conversation, revision = identifier(value, fields, "conversation"), number(value, fields, "revision")
        if conversation is None or revision is None:
            return True
        mark = self._marks.get(conversation, Mark())
        if mark.revision is not None and revision <= mark.revision:
            return False
        self._marks[conversation] = replace(mark, revision=revision)
        return True


def standing(value: Json, fields: Fields) -> Mark:
    """Return the mark of a conversation entity of which everything is known."""
    revision = number(value, fields, "revision")
    last = part(value, fields, "last_message")
    if last is not None:
        return _at(last, revision)
    message = identifier(value, fields, "last_message")
    # Documents that have a place for the last message say by its absence that there is none.
    return Mark(message, 0 if message is None and "last_message" in fields else None, revision)


def newest(value: Json, fields: Fields, name: str) -> Mark | None:
    """Return the mark of the newest of a list of messages, None if there are none."""
    found = [_at(each, None) for each in items(value, fields, name)]
    return max(found, key=lambda mark: mark.sequence or 0, default=None)


def _at(message: tuple[Json, Fields], revision: int | None) -> Mark:
    value, fields = message
    return Mark(identifier(value, fields, "id"), number(value, fields, "sequence"), revision)


def _later(one: int | None, other: int | None) -> int | None:
    return max((each for each in (one, other) if each is not None), default=None)
