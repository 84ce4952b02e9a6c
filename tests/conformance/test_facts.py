"""Canonical values."""

import pytest
from samples import facts

from palaver_conformance.errors import Failure
from palaver_conformance.facts import Facts


def test_typed_fields() -> None:
    """A field comes back as the type that was asked for."""
    value = facts(
        id="1", content="x", sequence=3, edited=True, message=facts(id="2"), many=[facts(id="3")], names=["a"]
    )
    assert (value.id, value.content, value.sequence) == ("1", "x", 3)
    assert value.flag("edited") is True
    assert value.facts("message").id == "2"
    assert [each.id for each in value.many("many")] == ["3"]
    assert value.texts("names") == ["a"]


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("text", "number"),
        ("number", "flag"),
        ("number", "absent"),
        ("flag", "number"),
        ("many", "numbers"),
        ("facts", "text"),
        ("texts", "numbers"),
        ("texts", "text"),
    ],
)
def test_wrong_or_missing_fields_are_the_servers_failure(method: str, name: str) -> None:
    """Another type (a boolean is no number) and a missing field are failures that name the field."""
    value = facts(number=1, flag=True, text="x", numbers=[1])
    with pytest.raises(Failure, match=name):
        getattr(value, method)(name)


def test_matching_by_path() -> None:
    """Dotted paths lead through entities, and what is not there is no match."""
    value = facts(message=facts(id="1"), room="r")
    assert value.matches({"message.id": "1", "room": "r"})
    assert not value.matches({"message.id": "2"})
    assert not value.matches({"message.sender.name": "x"})
    assert value.find("message.nothing") is None


def test_equality_is_of_what_both_can_say() -> None:
    """A field for which one of the documents has no place does not count; one that is just absent does."""
    told = Facts({"id": "1", "content": "x"}, "the event", ["id", "content", "revision"])
    stored = Facts({"id": "1", "sender": "ann"}, "the history", ["id", "sender", "revision"])
    assert told == stored
    assert told != Facts({"id": "2"}, "the history", ["id"])
    assert told != Facts({"id": "1"}, "the history", ["id", "content"])
    assert told != facts(id="1")


def test_identifier_of_an_entity_or_alone() -> None:
    """Who is meant is read the same, whether the wire has the user or just the id."""
    assert facts(user="ann").ident("user") == facts(user=facts(id="ann")).ident("user") == "ann"
    with pytest.raises(Failure, match="user"):
        facts(user=5).ident("user")


def test_changed_copy() -> None:
    """A copy with another value of one field can say what the first can."""
    first = Facts({"id": "1", "content": "x"}, "the event", ["id"])
    assert first.having("content", "y").content == "y"
    assert first.having("content", "y") == first


def test_equality_is_by_value() -> None:
    """Two facts with the same values are equal, a plain dictionary is not one of them."""
    assert facts(id="1") == facts(id="1")
    assert facts(id="1") != facts(id="2")
    assert facts(id="1") != {"id": "1"}


def test_what_is_shown_of_it_is_what_it_says() -> None:
    """Entities within are shown as they are too: a reader of a report meets no class of ours."""
    message = Facts({"id": "1", "sender": Facts({"id": "ann"}), "attachments": [Facts({"url": "x"})]})
    assert repr(message) == "{'id': '1', 'sender': {'id': 'ann'}, 'attachments': [{'url': 'x'}]}"
