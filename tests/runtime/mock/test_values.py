"""Values for schemas."""

import re
from random import Random
from typing import Any

import pytest

from palaver_runtime.mock.schema import Schema
from palaver_runtime.mock.values import NoValue, example, matching, renewed

DOCUMENT = {"components": {"schemas": {"Name": {"type": "string", "examples": ["Ada"]}}}}


def made(schema: Any, seed: int = 0) -> Any:
    """Return the value of a schema."""
    return example(Schema(DOCUMENT, schema), Random(seed))


def test_the_first_valid_example_is_taken() -> None:
    """An example that is not valid is passed over; those of properties are used where the whole has none."""
    assert made({"type": "string", "maxLength": 3, "examples": ["long one", "ok"]}) == "ok"
    assert made({"example": 5}) == 5
    assert made({"type": "object", "properties": {"name": {"$ref": "#/components/schemas/Name"}}}) == {"name": "Ada"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 30, "maxLength": 31},
        {"type": "string", "format": "uuid"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "email"},
        {"type": "string", "pattern": "^[0-9a-f]{24}$"},
        {"type": "string", "pattern": r"^(Bearer|Basic) \w+\.[^.]+$"},
        {"type": "integer", "minimum": 5, "maximum": 6},
        {"type": "integer", "multipleOf": 7, "minimum": 14},
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        {"type": ["null", "boolean"]},
        {"type": "null"},
        {"const": "x"},
        {"enum": ["a", "b"]},
        {"type": "integer", "default": 3},
        {"type": "array", "minItems": 2, "items": {"type": "string"}},
        {"type": "array", "items": {"type": "string"}, "maxItems": 0},
        {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "integer"}}},
        {"type": "object", "minProperties": 1, "maxProperties": 1, "properties": {"a": {}, "b": {}}},
        {"allOf": [{"type": "object", "properties": {"a": {"const": 1}}}, {"required": ["a"]}]},
        {"oneOf": [{"type": "string", "maxLength": 2}, {"type": "integer"}]},
        {"properties": {"a": {"properties": {"b": {"type": "boolean"}}}}},
        {},
    ],
)
def test_what_is_made_up_is_valid_and_the_same_for_a_seed(schema: Any) -> None:
    """Without examples a value is made up, which its schema takes, and which depends on the seed alone."""
    value = made(schema)
    assert Schema(DOCUMENT, schema).is_valid(value)
    assert made(schema) == value


def test_seeds_differ() -> None:
    """Another seed makes up other values."""
    schema = {"type": "string", "format": "uuid"}
    assert len({made(schema, seed) for seed in range(5)}) == 5


def test_recursion_ends() -> None:
    """A schema that holds itself has a value that ends."""
    node = {"type": "object", "properties": {"below": {"$ref": "#/components/schemas/Node"}, "n": {"const": 1}}}
    document = {"components": {"schemas": {"Node": node}}}
    assert example(Schema(document, {"$ref": "#/components/schemas/Node"}), Random(0))["n"] == 1


def test_the_impossible_is_said() -> None:
    """A schema that nothing is valid for has no value."""
    with pytest.raises(NoValue, match="write an example"):
        made({"type": "string", "minLength": 2, "maxLength": 1})


def test_new_identifiers_look_like_old_ones() -> None:
    """Of an identifier the end is another one, sign by sign of the same kind; a number stays."""
    new = renewed("6565f1a2b3c4d5e6f7a8b9c0", Random(0))
    assert re.fullmatch("6565f1a2b3c4[0-9a-f]{12}", new)
    assert new != "6565f1a2b3c4d5e6f7a8b9c0"
    assert renewed("msg_AB-12", Random(0)).startswith("msg_AB-")
    assert renewed(5, Random(0)) == 5


def test_a_pattern_that_is_none() -> None:
    """What does not parse matches nothing, and is no crash."""
    assert matching("(", Random(0)) == ""
