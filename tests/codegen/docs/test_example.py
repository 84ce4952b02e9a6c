"""Values to show are those of the documents, or made from the schema."""

import jsonschema_rs
import pytest

from palaver_codegen.docs.example import examples, media_examples, message_examples, value_of
from palaver_codegen.documents.tree import Json

EMPTY: dict[str, Json] = {}


def test_examples_of_the_documents_come_first() -> None:
    """What authors wrote is shown; what is made says that it is."""
    assert [each.value for each in examples(EMPTY, {"type": "string", "examples": ["a", "b"]})] == ["a", "b"]
    made = examples(EMPTY, {"type": "string"})
    assert [each.made for each in made] == [True]


def test_message_examples_win_over_those_of_the_schema() -> None:
    """A message of AsyncAPI has examples of its own."""
    document: dict[str, Json] = {
        "components": {"messages": {"a": {"examples": [{"name": "short", "payload": {"x": 1}}]}, "b": {}}}
    }
    schema: Json = {"type": "object", "examples": [{"x": 2}]}
    assert [(each.title, each.value) for each in message_examples(document, "a", schema)] == [("short", {"x": 1})]
    assert [each.value for each in message_examples(document, "b", schema)] == [{"x": 2}]


def test_media_examples_win_over_those_of_the_schema() -> None:
    """A body of OpenAPI has one example, or several with names."""
    schema: Json = {"type": "integer", "examples": [3]}
    several: Json = {
        "content": {"application/json": {"examples": {"one": {"value": 1}, "two": {"summary": "Two", "value": 2}}}}
    }
    assert [(e.title, e.value) for e in media_examples(EMPTY, several, schema)] == [("one", 1), ("Two", 2)]
    assert [e.value for e in media_examples(EMPTY, {"content": {"application/json": {"example": 9}}}, schema)] == [9]
    assert [e.value for e in media_examples(EMPTY, {}, schema)] == [3]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 9},
        {"type": "string", "format": "email"},
        {"type": "integer", "minimum": 5},
        {"type": "boolean"},
        {"type": ["null", "string"]},
        {"type": "array", "items": {"type": "number"}},
        {"type": "array", "maxItems": 0},
        {"enum": ["only"]},
        {"const": 7},
        {"oneOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}]},
        {
            "allOf": [
                {"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}},
                {"required": ["b"], "properties": {"b": {"type": "boolean"}}},
            ]
        },
        {
            "type": "object",
            "required": ["deep"],
            "properties": {"deep": {"type": "object", "required": ["er"], "properties": {"er": {"type": "string"}}}},
        },
    ],
)
def test_what_is_made_is_valid(schema: dict[str, Json]) -> None:
    """A value that is made keeps the schema that it is made from."""
    jsonschema_rs.validator_for(schema).validate(value_of(EMPTY, schema))


def test_what_holds_itself_comes_to_an_end() -> None:
    """A schema that requires itself has a value, if no valid one."""
    document: dict[str, Json] = {
        "components": {
            "schemas": {
                "A": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/A"}}}
            }
        }
    }
    assert isinstance(value_of(document, {"$ref": "#/components/schemas/A"}), dict)
