"""Payloads that break their schema in one place each."""

import copy
from dataclasses import replace

import pytest
from samples import bundle, tagged_bundle

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract, Operation
from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.generated.payloads import MOST, Wrong, can_be_wrong, wrongs

ID = "0123456789abcdef01234567"


def operation(schema: dict) -> Operation:
    """Return an event that takes what the schema says."""
    known = bundle()
    known["asyncapi"]["components"]["schemas"]["Say"] = {"type": "object", **schema}
    return read_bundle(known).operation("message.send", "socket")


def made(schema: dict, payload: dict) -> dict[str, Wrong]:
    """Return what is wrong with one field or the other, by what it is."""
    whole = (each for each in wrongs(operation(schema), payload) if not each.what.endswith("instead of an object"))
    return {each.what: each for each in whole}


def changed(found: dict[str, Wrong], name: str) -> dict[str, object]:
    """Return the values of a field in what was made, by what they are."""
    return {
        what: each.payload[name]
        for what, each in found.items()
        if isinstance(each.payload, dict) and each.field == name and name in each.payload
    }


def test_text() -> None:
    """A text is missing, of every other type, too short, too long and not of its pattern."""
    schema = {
        "required": ["a"],
        "properties": {"a": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]+$"}},
    }
    found = made(schema, {"a": "abc"})
    assert found["a is missing"].payload == {}
    assert changed(found, "a") == {
        "a is null": None,
        "a is a boolean": True,
        "a is a number": 7,
        "a is a list": [],
        "a is an object": {},
        "a is too short": "x",
        "a is too long": "xxxxx",
        "a is none of those that are allowed": "no such thing!",
        "a is with a NUL": "a\u0000b",
        "a is with a line end": "abc\n",
    }


def test_number() -> None:
    """A number is out of its bounds, broken, and in quotes; what is within bounds is not made."""
    found = made({"properties": {"n": {"type": "integer", "minimum": 1, "maximum": 7}}}, {})
    numbers = {what: value for what, value in changed(found, "n").items() if isinstance(value, float | int | str)}
    assert numbers == {
        "n is a boolean": True,
        "n is a text": "x",
        "n is too small": 0,
        "n is too large": 8,
        "n is a fraction": 1.5,
        "n is a number in quotes": "1",
    }


def test_choice_and_optional_field() -> None:
    """What is none of the values is wrong, and so is null for what could be absent; its absence is not."""
    found = made({"properties": {"kind": {"type": "string", "enum": ["x", "y"]}}}, {})
    assert changed(found, "kind").keys() >= {"kind is null", "kind is none of those that are allowed"}
    assert "kind is a text" not in found
    assert "kind is missing" not in found


def test_list_and_what_is_in_it() -> None:
    """A list is too long, has the same twice, and is wrong for each field of what is in it, which it is made for."""
    item = {"type": "object", "required": ["f"], "additionalProperties": False, "properties": {"f": {"type": "string"}}}
    schema = {"properties": {"l": {"type": "array", "maxItems": 2, "uniqueItems": True, "items": item}}}
    found = made(schema, {})
    assert found["l is the same twice"].payload == {"l": [{"f": "x"}, {"f": "x"}]}
    assert found["l is too many"].payload == {"l": [{"f": "x"}] * 3}
    assert found["f is missing"].payload == {"l": [{}]}
    assert found["f is a number"] == Wrong("f is a number", "f", {"l": [{"f": 7}]})
    assert found["unexpected is unknown"].payload == {"l": [{"f": "x", "unexpected": 1}]}


def test_objects_are_closed_and_counted() -> None:
    """A closed object has an unknown field, an open one has not; both can have too few or too many."""
    closed = made(
        {"additionalProperties": False, "minProperties": 1, "properties": {"a": {"type": "string"}}}, {"a": "x"}
    )
    assert closed["unexpected is unknown"] == Wrong("unexpected is unknown", "unexpected", {"a": "x", "unexpected": 1})
    assert closed["the whole has less than there has to be"].payload == {}
    found = made({"properties": {"m": {"type": "object", "maxProperties": 2}}}, {})
    assert found["m has more than there may be"].payload == {"m": {"k0": 0, "k1": 1, "k2": 2}}
    assert "unexpected is unknown" not in found


def test_whole_is_something_else() -> None:
    """A payload is an object, and a body that is required is there."""
    whole = [each.payload for each in wrongs(operation({"properties": {}}), {})]
    assert whole == ["text", 7, True, [], [{}]]
    posted = sources.load("gateway").operation("message.edit", "http")
    good = {"path": {"messageId": ID}, "query": {}, "body": {"content": "x"}}
    bodies = [each.payload for each in wrongs(posted, good) if each.field is None]
    assert {"path": {"messageId": ID}, "query": {}} in bodies
    assert {"path": {"messageId": ID}, "query": {}, "body": []} in bodies


def test_what_excludes_each_other_is_not_mixed_up() -> None:
    """What must not stand beside the fields of a good payload is left alone: it would be refused for another reason."""
    schema = {
        "maxProperties": 1,
        "properties": {"one": {"type": "string"}, "other": {"type": "string"}},
    }
    found = made(schema, {"one": "x"})
    assert {each.field for each in found.values()} - {None} == {"one"}


def test_parameters_are_text() -> None:
    """A path cannot lack anything, and a query carries text: no null, no list, no unknown field."""
    asked = sources.load("gateway").operation("message.history", "http")
    found = {each.what: each.payload for each in wrongs(asked, {"path": {"conversationId": ID}, "query": {}})}
    assert found.keys() == {
        "conversationId is none of those that are allowed",
        "before is none of those that are allowed",
        "after is none of those that are allowed",
        "limit is too small",
        "limit is too large",
        "limit is no number",
        "limit is a fraction",
    }
    assert found["limit is too small"] == {"path": {"conversationId": ID}, "query": {"limit": 0}}


def test_calls_carry_what_protobuf_can() -> None:
    """Texts and numbers out of bounds can be said; nothing is missing, null, or of another type."""
    called = sources.load("aether").operation("message.history", "grpc")
    found = wrongs(called, called.payload({"conversation": ID}))
    assert [each.what for each in found if each.field == "limit"] == ["limit is too small", "limit is too large"]
    assert {type(each.payload[each.field]) for each in found if isinstance(each.payload, dict) and each.field} == {
        int,
        str,
    }


def test_tag_of_a_frame_is_left_alone() -> None:
    """A frame that says something else is another event; all below it is wrong in turn."""
    known = read_bundle(tagged_bundle())
    enter = known.operation("room.join")
    found = wrongs(enter, enter.payload({"conversation": "r"}), tag="/type")
    assert {each.field for each in found} == {"payload", "room"}
    assert all(isinstance(each.payload, dict) and each.payload["type"] == "enter" for each in found)


@pytest.mark.parametrize("spec", sources.known())
def test_everything_made_is_wrong_and_the_same_every_time(spec: str) -> None:
    """Every payload breaks the schema, none is made twice, and what a good one is made of stays as it was."""
    for each in sources.load(spec).operations:
        good = each.payload({})
        before = copy.deepcopy(good)
        found = wrongs(each, good)
        assert all(each.request.problems(one.payload) for one in found)
        assert len({repr(one.payload) for one in found}) == len(found) <= MOST
        assert found == wrongs(each, good)
        assert good == before


def test_selection_of_many(shipped: Contract) -> None:
    """Of more than enough, some of every part remain."""
    send = shipped.operation("message.send", "socket")
    found = wrongs(send, send.payload({"conversation": ID, "content": "x"}))
    assert len(found) == MOST
    assert {each.field for each in found} >= {"conversationId", "content", "attachments", "replyTo", "metadata"}
    other = wrongs(replace(send, name="another"), send.payload({"conversation": ID, "content": "x"}))
    assert {repr(each.payload) for each in other} != {repr(each.payload) for each in found}


def test_nothing_to_be_wrong(shipped: Contract) -> None:
    """A request without parameters and body says nothing that could be wrong."""
    assert not can_be_wrong(shipped.operation("account.me"))
    assert can_be_wrong(shipped.operation("session.ping"))
    assert can_be_wrong(shipped.operation("participant.remove"))
    assert not can_be_wrong(sources.load("aether").operation("service.health"))
