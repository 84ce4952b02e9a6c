"""What clients send is read strictly, and refused in a way that helps and gives nothing away."""

import json

import pytest

from palaver_runtime.dialects._reading import MAX_PROBLEMS, distinct, read
from palaver_runtime.domain.errors import Invalid
from palaver_runtime.transports import numbers
from palaver_wire.gateway import models
from palaver_wire.gateway.table import EVENTS

CONVERSATION = "6565f1a2b3c4d5e6f7a8b901"
CANARY = "canary-8f1c"


def _refused(model: type[models.WireModel], payload: object) -> Invalid:
    raw = payload if isinstance(payload, str) else json.dumps(payload)
    with pytest.raises(Invalid) as caught:
        read(model, raw)
    return caught.value


def test_wire_names_become_attributes() -> None:
    """A payload that follows the document is read, absent optionals as their defaults."""
    request = read(models.SyncMessages, json.dumps({"conversationId": CONVERSATION, "revision": 7}))
    assert (request.conversation_id, request.revision, request.limit) == (CONVERSATION, 7, 100)


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_have_are_refused(number: str) -> None:
    """Also where the document takes any value: whoever receives it could not read it."""
    raw = f'{{"conversationId": "{CONVERSATION}", "content": "x", "metadata": {{"deep": [{number}]}}}}'
    assert "NaN, Infinity" in _refused(models.SendMessage, raw).message


@pytest.mark.parametrize("field", ["revision", "unheard-of"])
def test_such_a_number_is_what_is_told_first(field: str) -> None:
    """Whatever else is wrong, and where the document has an integer: it is found before its bounds are."""
    error = _refused(models.SyncMessages, f'{{"{field}": {10**30}, "limit": "many"}}')
    assert [each.text for each in error.problems] == [numbers.REFUSAL]


@pytest.mark.parametrize("value", ["5", 5.5, True, None, [5]])
def test_nothing_is_converted(value: object) -> None:
    """A number is a number: its text, a fraction, a boolean or null in its place are refused, by the field's name."""
    error = _refused(models.SyncMessages, {"conversationId": CONVERSATION, "limit": value})
    assert [each.field for each in error.problems] == ["/limit"]
    assert error.message.startswith("/limit: ")


def test_python_names_are_not_taken() -> None:
    """Only the wire's name of a field counts; ours is as unknown as any other."""
    error = _refused(models.SyncMessages, {"conversation_id": CONVERSATION})
    assert {each.field for each in error.problems} == {"/conversationId", "/conversation_id"}


def test_unknown_field_is_named_by_a_pointer() -> None:
    """The place is a JSON Pointer, in which ~ and / of a name are escaped (RFC 6901)."""
    error = _refused(models.TypingRequest, {"conversationId": CONVERSATION, "a/b~c~1": 1})
    assert [each.field for each in error.problems] == ["/a~1b~0c~01"]


def test_place_within_a_list_is_told() -> None:
    """The pointer leads through lists to the value itself."""
    attachments = [{"externalFileId": "f"}, {"externalFileId": ""}]
    error = _refused(models.SendMessage, {"conversationId": CONVERSATION, "content": "x", "attachments": attachments})
    assert [each.field for each in error.problems] == ["/attachments/1/externalFileId"]


def test_every_refused_field_is_told() -> None:
    """All problems come in one answer; the message names the first and counts the others."""
    error = _refused(models.EditMessage, {"messageId": "x", "content": ""})
    assert [each.field for each in error.problems] == ["/messageId", "/content"]
    assert error.message.startswith("/messageId: ")
    assert error.message.endswith(" (and 1 more)")


def test_problems_are_bounded() -> None:
    """Of many problems the document's hundred are told."""
    error = _refused(models.Ping, {f"field{number}": 0 for number in range(MAX_PROBLEMS + 50)})
    assert len(error.problems) == MAX_PROBLEMS == 100


@pytest.mark.parametrize("raw", ["", "{", "[]", "5", "null", '"x"', "{} {}", "NaN", "[" * 5000, '{"a":1,}'])
def test_what_is_no_object_is_refused_as_a_whole(raw: str) -> None:
    """Whatever is not one JSON object is refused, without an internal error and without naming a field."""
    error = _refused(models.Ping, raw)
    assert [each.field for each in error.problems] == [""]
    assert error.message.startswith("payload: ")


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
@pytest.mark.parametrize("value", [CANARY, {"x": CANARY}, [CANARY]], ids=["text", "object", "list"])
def test_sent_values_are_not_repeated(event: object, value: object) -> None:
    """A refusal can be logged and shown: whatever was sent as a value does not stand in it."""
    model = event.payload
    names = [field.alias or name for name, field in model.model_fields.items()]
    error = _refused(model, {**dict.fromkeys(names, value), "unknown": value})
    assert error.problems
    assert CANARY not in error.message + "".join(each.text for each in error.problems)
    assert error.__cause__ is None


def test_nothing_is_listed_twice() -> None:
    """Values of which none may be twice keep their order, and are refused by the name of their field if one is."""
    assert distinct(["b", "a"], "/ids") == ("b", "a")
    with pytest.raises(Invalid) as caught:
        distinct(["b", "a", "b"], "/ids")
    assert [each.field for each in caught.value.problems] == ["/ids"]
