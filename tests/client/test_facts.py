"""Values by their canonical fields."""

from typing import Any

import pytest

from palaver_client.facts import at, find, identifier, items, number, part, put
from palaver_wire.client import Fields, Part

USER: Fields = {"id": "/id"}
MESSAGE: Fields = {"id": "/id", "sender": Part("/from", USER), "sequence": "/seq"}
FIELDS: Fields = {"message": Part("/payload/message", MESSAGE), "messages": Part("/list", MESSAGE), "room": "/room"}
VALUE: Any = {
    "payload": {"message": {"id": "m1", "from": {"id": "u1"}, "seq": "7"}},
    "list": [{"id": "m1", "seq": 1}, {"id": "m2", "seq": True}],
    "room": 12,
}


@pytest.mark.parametrize(
    ("pointer", "found"), [("", VALUE), ("/room", 12), ("/list/1/id", "m2"), ("/list/9/id", None), ("/room/x", None)]
)
def test_pointer(pointer: str, found: object) -> None:
    """A pointer that leads nowhere finds nothing."""
    assert at(VALUE, pointer) == found


def test_pointers_are_unescaped() -> None:
    """Slashes and tildes in names are written as RFC 6901 has it."""
    assert at({"a/b": {"~": 1}}, "/a~1b/~0") == 1
    value: dict[str, Any] = {}
    put(value, "/a~1b/~0", 1)
    assert value == {"a/b": {"~": 1}}


def test_fields_are_found_through_entities() -> None:
    """A dot leads into an entity; what the documents do not have is not there."""
    assert find(VALUE, FIELDS, "message.id") == "m1"
    assert find(VALUE, FIELDS, "message.sender.id") == "u1"
    assert find(VALUE, FIELDS, "message.content") is None
    assert find(VALUE, FIELDS, "room.id") is None
    assert find(VALUE, FIELDS, "nothing") is None


def test_identifier_is_that_of_an_entity_too() -> None:
    """Dialects that name an entity and those that hold it are read alike; numbers are identifiers as well."""
    assert identifier(VALUE, FIELDS, "message") == "m1"
    assert identifier(VALUE, FIELDS, "message.sender") == "u1"
    assert identifier(VALUE, FIELDS, "room") == "12"
    assert identifier(VALUE, FIELDS, "message.nothing") is None


def test_number_may_be_in_a_string() -> None:
    """As where 64 bits go through JSON; true is no number."""
    (first, second) = items(VALUE, FIELDS, "messages")
    assert number(VALUE, FIELDS, "message.sequence") == 7
    assert number(*first, "sequence") == 1
    assert number(*second, "sequence") is None


def test_entities_come_with_their_fields() -> None:
    """A list gives each of its items, an entity itself; what is only an id gives none."""
    assert [find(value, fields, "id") for value, fields in items(VALUE, FIELDS, "messages")] == ["m1", "m2"]
    assert list(items(VALUE, FIELDS, "room")) == []
    assert part(VALUE, FIELDS, "message") == (VALUE["payload"]["message"], MESSAGE)
    assert part(VALUE, FIELDS, "room") is None
    assert part({"payload": {"message": "m1"}}, FIELDS, "message") is None
