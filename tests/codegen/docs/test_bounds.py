"""What a schema allows is said in words."""

import pytest

from palaver_codegen.docs.bounds import bounds, values
from palaver_codegen.documents.tree import Json


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"minLength": 1, "maxLength": 5000}, ["1 to 5,000 characters"]),
        ({"maxLength": 80}, ["up to 80 characters"]),
        ({"minLength": 8}, ["at least 8 characters"]),
        ({"minItems": 2, "maxItems": 2, "uniqueItems": True}, ["exactly 2 items", "no item twice"]),
        ({"maxProperties": 0}, ["no fields"]),
        ({"minLength": 0, "maxLength": 1}, ["up to 1 character"]),
        ({"minimum": 1, "maximum": 100}, ["1 to 100"]),
        ({"minimum": 0}, ["at least 0"]),
        ({"maximum": 9, "exclusiveMinimum": 0, "multipleOf": 3}, ["at most 9", "more than 0", "a multiple of 3"]),
        ({"exclusiveMaximum": 10}, ["less than 10"]),
        ({"format": "date-time"}, ["a date and time (RFC 3339)"]),
        ({"format": "colour"}, ["colour"]),
        ({"pattern": "^a$"}, ["matches ^a$"]),
        ({"readOnly": True, "deprecated": True}, ["read only", "deprecated"]),
        ({"type": "string", "description": "text"}, []),
    ],
)
def test_bounds(schema: dict[str, Json], said: list[str]) -> None:
    """Each keyword has its words, in the singular where there is one of a thing."""
    assert list(bounds(schema)) == said


def test_values() -> None:
    """A constant and an enumeration list what is allowed, as JSON."""
    assert values({"const": True}) == ["true"]
    assert values({"enum": ["a", None, 1]}) == ['"a"', "null", "1"]
    assert values({"type": "string"}) == []
