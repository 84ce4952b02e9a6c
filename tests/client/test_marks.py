"""What is told twice is not told again."""

from typing import Any

import pytest

from palaver_client.marks import Mark, Marks, newest, standing
from palaver_wire.client import Fields, Meaning, Part

MESSAGE: Fields = {"id": "/id", "conversation": "/room", "sequence": "/seq", "revision": "/rev"}
CONVERSATION: Fields = {"id": "/id", "last_message": Part("/last", MESSAGE), "revision": "/rev"}
CREATED = Meaning("message.created", {"message": Part("", MESSAGE)})
EDITED = Meaning("message.edited", {"id": "/id", "conversation": "/room", "revision": "/rev"})
JOINED = Meaning("conversation.joined", {"conversation": Part("", CONVERSATION)})
REMOVED = Meaning("conversation.removed", {"conversation": "/room"})


def message(sequence: int | None, revision: int | None = None, name: str | None = None) -> Any:
    """Return a message of the room r."""
    given = {"id": name or f"m{sequence}", "room": "r", "seq": sequence, "rev": revision}
    return {key: value for key, value in given.items() if value is not None}


def test_message_is_admitted_once() -> None:
    """By its sequence: what is not beyond the last one is a repetition."""
    marks = Marks()
    admitted = [marks.admit(CREATED, message(sequence)) for sequence in (1, 2, 2, 1, 3)]
    assert admitted == [True, True, False, False, True]
    assert marks.of("r") == Mark("m3", 3, None)


def test_message_without_sequence_is_told_apart_by_its_id() -> None:
    """At least one right after the other is noticed."""
    marks = Marks()
    assert [marks.admit(CREATED, message(None, name=name)) for name in ("a", "a", "b")] == [True, False, True]


def test_change_is_admitted_once() -> None:
    """By the conversation's revision, which messages count up as well."""
    marks = Marks()
    assert marks.admit(CREATED, message(1, 5))
    assert [marks.admit(EDITED, message(1, revision)) for revision in (6, 6, 5, 7)] == [True, False, False, True]
    marks.caught_up("r", 9)
    marks.caught_up("r", None)
    assert [marks.admit(EDITED, message(1, revision)) for revision in (9, 10)] == [False, True]


def test_change_without_revision_is_always_told() -> None:
    """What cannot be counted is not kept back."""
    marks = Marks()
    assert [marks.admit(EDITED, message(1)) for _ in range(2)] == [True, True]


def test_conversation_that_one_comes_into_begins_where_it_stands() -> None:
    """Its earlier messages are not missing; one that is known already stays where it is."""
    marks = Marks()
    assert marks.admit(JOINED, {"id": "r", "last": message(7), "rev": 9})
    assert marks.of("r") == Mark("m7", 7, 9)
    assert marks.admit(JOINED, {"id": "r", "last": message(8), "rev": 10})
    assert marks.of("r") == Mark("m7", 7, 9)
    assert marks.admit(REMOVED, {"room": "r"})
    assert marks.conversations == ()


@pytest.mark.parametrize(
    ("fields", "mark"),
    [(CONVERSATION, Mark(None, 0, 4)), ({"id": "/id", "revision": "/rev"}, Mark(None, None, 4))],
)
def test_conversation_without_last_message(fields: Fields, mark: Mark) -> None:
    """Where documents have a place for it, its absence says that there is none; else nothing is known."""
    assert standing({"id": "r", "rev": 4}, fields) == mark


def test_last_message_may_be_an_id() -> None:
    """Then its sequence is not known."""
    assert standing({"last": "m7"}, {"last_message": "/last"}) == Mark("m7", None, None)


def test_newest_of_a_list() -> None:
    """Whatever its order."""
    fields: Fields = {"messages": Part("/list", MESSAGE)}
    assert newest({"list": [message(2), message(3), message(1)]}, fields, "messages") == Mark("m3", 3, None)
    assert newest({"list": []}, fields, "messages") is None
