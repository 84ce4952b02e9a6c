"""From schemas to TypeScript."""

from typing import Any

import pytest

from palaver_codegen.typescript.shapes import declaration, expression, key, members, references


@pytest.mark.parametrize(
    ("schema", "type_"),
    [
        (True, "unknown"),
        (False, "never"),
        ({}, "unknown"),
        ({"type": "string"}, "string"),
        ({"type": "integer"}, "number"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"const": "on"}, '"on"'),
        ({"const": True}, "true"),
        ({"const": None}, "null"),
        ({"type": "string", "enum": ["a", "b", "a"]}, '"a" | "b"'),
        ({"enum": ["a", None, 1]}, '"a" | null | 1'),
        ({"$ref": "#/$defs/Note"}, "Note"),
        ({"type": "array"}, "unknown[]"),
        ({"type": "array", "items": {"$ref": "#/$defs/Note"}}, "Note[]"),
        ({"type": "array", "items": {"type": ["string", "null"]}}, "(string | null)[]"),
        ({"type": ["array", "null"], "items": {"type": "string"}}, "string[] | null"),
        ({"oneOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}]}, "A | B"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"allOf": [{"$ref": "#/$defs/A"}, {"oneOf": [{"const": 1}, {"const": 2}]}]}, "A & (1 | 2)"),
        ({"type": "object"}, "{ [key: string]: unknown }"),
        ({"type": "object", "additionalProperties": False}, "{ [key: string]: never }"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "{ [key: string]: string }"),
        ({"type": "object", "additionalProperties": {"$ref": "#/$defs/Json"}}, "{ [key: string]: Json }"),
        (
            {"type": "object", "properties": {"a": {"type": "string"}, "b-c": {"type": "null"}}, "required": ["a"]},
            '{ a: string; "b-c"?: null }',
        ),
        (
            {"properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "integer"}},
            "{ a?: string; [key: string]: unknown }",
        ),
    ],
)
def test_expression(schema: Any, type_: str) -> None:
    """Each kind of schema has its type."""
    assert expression(schema) == type_


def test_object_is_an_interface_and_all_else_an_alias() -> None:
    """Interfaces may hold themselves, so that recursion needs nothing special."""
    tree = declaration("Tree", {"type": "object", "properties": {"below": {"$ref": "#/$defs/Tree"}}})
    assert (tree.type, [(each.name, each.optional, each.type) for each in tree.members]) == (
        None,
        [("below", True, "Tree")],
    )
    assert declaration("Id", {"type": "string"}).type == "string"
    assert declaration("Empty", {"type": "object", "additionalProperties": False}).type == "{ [key: string]: never }"
    union = {"type": "object", "properties": {"a": {"type": "string"}}, "oneOf": [{"$ref": "#/$defs/A"}]}
    assert declaration("Mixed", union).type == "{ a?: string } & A"


def test_property_of_a_named_type_says_nothing_of_its_own() -> None:
    """What stands at the named type is not repeated at each property."""
    listed = {"a": {"$ref": "#/$defs/A", "description": "Of A."}, "b": {"type": "string", "description": "Of b."}}
    assert [each.doc for each in members({"properties": listed})] == [(), ("Of b.",)]


def test_keys_are_quoted_where_they_have_to_be() -> None:
    """Identifiers stand as they are."""
    assert [key(name) for name in ("a", "$b_1", "message:new", "1st", "é")] == [
        "a",
        "$b_1",
        '"message:new"',
        '"1st"',
        '"é"',
    ]


def test_references_are_found_wherever_they_are() -> None:
    """Also in items and unions."""
    schema: Any = {"items": {"oneOf": [{"$ref": "#/$defs/A"}, {"properties": {"b": {"$ref": "#/$defs/B"}}}]}}
    assert list(references(schema)) == ["A", "B"]
