"""Payloads: examples with what is known put in."""

import re
from typing import Any

import pytest

from palaver_runtime.mock.contract import Meaning
from palaver_runtime.mock.schema import Schema
from palaver_runtime.mock.speaking import Facts, Speaker, wished_error

ID = {"type": "string", "pattern": "^[0-9a-f]{8}$"}
MESSAGE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "room", "text", "at"],
    "properties": {
        "id": ID,
        "room": {"type": "string"},
        "from": {"type": "object", "properties": {"id": {}}, "x-chat": {"entity": "user", "fields": {"id": "/id"}}},
        "text": {"type": "string", "maxLength": 20},
        "at": {"type": "integer"},
        "n": {"type": "integer"},
    },
    "examples": [{"id": "00000000", "room": "r", "from": {"id": "x", "name": "X"}, "text": "old", "at": 1, "n": 41}],
    "x-chat": {
        "entity": "message",
        "fields": {
            "id": "/id", "conversation": "/room", "sender": "/from", "content": "/text", "created_at": "/at",
            "sequence": "/n",
        },
    },
}  # fmt: skip
ERROR = {
    "type": "object",
    "additionalProperties": False,
    "required": ["code"],
    "properties": {"code": {"enum": ["NO", "NEVER"]}, "why": {"type": "string"}, "more": {"type": "object"}},
    "x-chat": {"entity": "error", "fields": {"code": "/code", "message": "/why", "details": "/more"}},
}
SEND = Meaning("message.send", {"conversation": "/room", "content": "/text"}, {"message": ""})


def schema(node: Any) -> Schema:
    """Return a schema that refers to nothing."""
    return Schema({}, node)


def test_what_was_sent_is_said() -> None:
    """The text, the conversation, the sender, the time and a new id are put in; the acknowledgement has the same id."""
    speaker = Speaker(0)
    facts = speaker.facts(SEND, {"room": "here", "text": "hello"}, "alice")
    said = speaker.say(schema(MESSAGE), {"message": ""}, facts)
    assert (said["room"], said["text"], said["from"]) == ("here", "hello", {"id": "alice", "name": "X"})
    assert re.fullmatch("0000[0-9]{4}", said["id"])
    assert said["at"] > 1_700_000_000_000
    assert said["n"] == 1
    wrapped = {"type": "object", "properties": {"ok": MESSAGE}, "examples": [{"ok": MESSAGE["examples"][0]}]}
    assert speaker.say(schema(wrapped), {"message": "/ok"}, facts)["ok"]["id"] == said["id"]
    bare = {"type": "object", "properties": {"messageId": ID}, "examples": [{"messageId": "00000000"}]}
    assert speaker.say(schema(bare), {"message": "/messageId"}, facts)["messageId"] == said["id"]
    again = speaker.facts(SEND, {"room": "here", "text": "hello"}, "alice")
    assert speaker.say(schema(MESSAGE), {"message": ""}, again)["id"] != said["id"]


def test_what_would_not_be_valid_is_left_as_it_is() -> None:
    """A text that the answer's schema does not take is not put in."""
    speaker = Speaker(0)
    facts = speaker.facts(SEND, {"room": 5, "text": "x" * 21}, "alice")
    said = speaker.say(schema(MESSAGE), {"message": ""}, facts)
    assert (said["room"], said["text"]) == ("r", "old")


def test_an_edit_keeps_the_id() -> None:
    """What is changed has the id that was named, and not a new one."""
    speaker = Speaker(0)
    edit = Meaning("message.edit", {"id": "/id", "content": "/text"})
    facts = speaker.facts(edit, {"id": "0000abcd", "text": "new"}, "alice")
    said = speaker.say(schema(MESSAGE), {"message": ""}, facts)
    assert (said["id"], said["text"], said["room"]) == ("0000abcd", "new", "r")


def test_lists_are_of_the_conversation_that_was_asked_for() -> None:
    """Each thing of a list has the conversation of the request."""
    page = {"type": "object", "properties": {"all": {"type": "array", "items": MESSAGE}}}
    page["examples"] = [{"all": MESSAGE["examples"] * 2}]
    facts = Facts({"conversation": "there"}, "alice", "message.history")
    said = Speaker(0).say(schema(page), {"messages": "/all"}, facts)
    assert [each["room"] for each in said["all"]] == ["there", "there"]


def test_typing_says_whether() -> None:
    """Starting and stopping are told apart, though their requests do not say it."""
    typing = {
        "type": "object",
        "properties": {"on": {"type": "boolean"}, "who": {}},
        "examples": [{"on": True, "who": 1}],
    }
    speaker = Speaker(0)
    for means, active in (("typing.start", True), ("typing.stop", False)):
        facts = speaker.facts(Meaning(means), {}, "alice")
        assert speaker.say(schema(typing), {"active": "/on", "user": "/who"}, facts) == {"on": active, "who": "alice"}


@pytest.mark.parametrize("wrapped", [False, True])
def test_refusals(wrapped: bool) -> None:
    """A refusal has the code, the reason and the fields, where its schema has places for these, also deep in it."""
    node = {"type": "object", "required": ["error"], "properties": {"error": ERROR}} if wrapped else ERROR
    said = Speaker(0).refuse(schema(node), "NEVER", "why not", [("/a", "is bad")], "send")
    assert (said["error"] if wrapped else said) == {
        "code": "NEVER",
        "why": "why not",
        "more": {"fields": [{"field": "/a", "problem": "is bad"}]},
    }


def test_a_refusal_does_not_take_details_from_an_example() -> None:
    """What an example says of another refusal is not said of this one; an example of the code itself is taken."""
    node = {**ERROR, "examples": [{"code": "NO", "more": {"a": 1}}, {"code": "NEVER", "why": "really"}]}
    assert Speaker(0).refuse(schema(node), "NO", "so", [], "") == {"code": "NO", "why": "so"}


def test_errors_on_demand() -> None:
    """A text anywhere in a request can ask for an error."""
    assert wished_error({"a": [{"b": "please x-palaver-error: NOT_FOUND now"}]}) == "NOT_FOUND"
    assert wished_error({"a": ["nothing", 5, None]}) is None
