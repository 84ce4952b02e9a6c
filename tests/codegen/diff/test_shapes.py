"""Schemas are made flat."""

from typing import Any

from palaver_codegen.diff.shapes import Shape, alternatives, nullable, without_null


def shapes(schema: Any) -> list[Shape]:
    """Return the alternatives of a schema that refers to itself alone."""
    return alternatives(schema, schema)


def test_all_of_is_merged() -> None:
    """What several schemas say together is said by one."""
    (shape,) = shapes(
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"properties": {"a": {"maxLength": 3}, "b": {}}, "additionalProperties": False},
            ]
        }
    )
    assert shape.types == {"object"}
    assert shape.required == {"a"}
    assert shape.closed
    assert shape.properties["a"] == {"allOf": [{"type": "string"}, {"maxLength": 3}]}


def test_unions_are_multiplied_out() -> None:
    """A union within what holds for all its members is a union of whole shapes; the impossible is left out."""
    found = shapes({"type": "string", "anyOf": [{"maxLength": 3}, {"type": "integer"}, {"enum": ["a", 1]}]})
    assert [(shape.types, shape.values, len(shape.limits)) for shape in found] == [
        ({"string"}, None, 1),
        ({"string"}, ('"a"',), 0),
    ]


def test_a_union_too_large_is_compared_as_text() -> None:
    """What would be thousands of alternatives is one, with its union as a condition."""
    many = {"anyOf": [{"const": number} for number in range(10)]}
    (shape,) = shapes({"allOf": [many, many], "oneOf": [{"const": 1}, {"const": 2}]})
    assert "oneOf" in shape.conditions


def test_null() -> None:
    """Null is found however it is written, is unknown where no type is named, and can be taken out."""
    assert nullable(shapes({"type": ["string", "null"]})) is True
    assert nullable(shapes({"type": "string"})) is False
    assert nullable(shapes({})) is None
    (left,) = without_null(shapes({"anyOf": [{"type": "null"}, {"enum": ["a", None]}]}))
    assert (left.types, left.values) == ({"string"}, ('"a"',))
    assert [shape.types for shape in without_null(shapes({"type": "null"}))] == [{"null"}]


def test_references_lead_and_what_stands_beside_them_counts() -> None:
    """A shape has the name of what a reference leads to; a circle of references ends."""
    schema = {"defs": {"A": {"type": "string"}, "B": {"$ref": "#/defs/B"}}, "$ref": "#/defs/A", "maxLength": 2}
    (shape,) = alternatives(schema, schema)
    assert (shape.types, list(shape.limits)) == ({"string"}, ["maxLength"])
    assert [each.types for each in alternatives(schema, {"$ref": "#/defs/B"})] == [None]
    assert [each.types for each in alternatives({}, False)] == [frozenset()]


def test_whole_numbers_are_numbers() -> None:
    """An integer is a number, 1.0 is an integer, and a tag is a constant of one value."""
    assert [shape.types for shape in shapes({"type": "number"})] == [{"integer", "number"}]
    assert [shape.types for shape in shapes({"enum": [1.0, True, None, [], {}, 0.5]})] == [
        {"integer", "boolean", "null", "array", "object", "number"}
    ]
    (shape,) = shapes({"properties": {"type": {"const": "a"}, "kind": {"enum": ["b"]}, "of": {"enum": [1, 2]}}})
    assert shape.constants == {"type": '"a"', "kind": '"b"'}
