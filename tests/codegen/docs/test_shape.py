"""Schemas become trees that people can read."""

from palaver_codegen.docs.shape import shape
from palaver_codegen.documents.tree import Json

DOCUMENT: dict[str, Json] = {
    "components": {
        "schemas": {
            "Id": {"type": "string", "pattern": "^x$", "description": "An id."},
            "Person": {
                "type": "object",
                "required": ["id"],
                "additionalProperties": False,
                "description": "Somebody.",
                "properties": {
                    "id": {"$ref": "#/components/schemas/Id"},
                    "friends": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
                    "mood": {"type": ["string", "null"], "enum": ["good", None], "default": "good"},
                },
            },
            "Either": {
                "oneOf": [
                    {"type": "object", "properties": {"kind": {"const": "a"}, "a": {"type": "integer"}}},
                    {"type": "object", "properties": {"kind": {"const": "b"}}},
                ]
            },
            "Both": {"allOf": [{"$ref": "#/components/schemas/Person"}, {"properties": {"age": {"type": "integer"}}}]},
            "Map": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Person"}},
        }
    }
}


def of(name: str) -> Json:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def test_fields_with_all_that_is_said_of_them() -> None:
    """A field has its type, whether it is required, its bounds, values, default and description."""
    person = shape(DOCUMENT, of("Person"))
    assert (person.schema, person.type, person.closed, person.description) == ("Person", "Person", True, "Somebody.")
    identifier, friends, mood = person.rows
    assert (identifier.type, identifier.required, identifier.bounds) == ("string", True, ("matches ^x$",))
    assert identifier.description == "An id."
    assert (friends.type, friends.schema, friends.required) == ("list of Person", "Person", False)
    assert (mood.type, mood.values, mood.default) == ("string or null", ('"good"', "null"), "good")


def test_what_holds_itself_is_cut() -> None:
    """A schema in itself is not opened again: its row says that there is more."""
    friends = shape(DOCUMENT, of("Person")).rows[1]
    assert friends.rows == ()
    assert friends.cut


def test_forms_of_a_union_are_told_apart() -> None:
    """Each form of a union is a row, named by the constant in it."""
    rows = shape(DOCUMENT, of("Either")).rows
    assert [(row.name, row.variant) for row in rows] == [("kind = a", True), ("kind = b", True)]
    assert [row.name for row in rows[0].rows] == ["kind", "a"]


def test_parts_of_a_whole_are_joined() -> None:
    """What `allOf` demands stands in one list, and keeps what is required."""
    rows = shape(DOCUMENT, of("Both")).rows
    assert [row.name for row in rows] == ["id", "friends", "mood", "age"]
    assert rows[0].required


def test_maps_and_lists() -> None:
    """A map has a row for any name; of a list the rows are those of its items; what is free is any value."""
    assert [(row.name, row.type) for row in shape(DOCUMENT, of("Map")).rows] == [("(any name)", "Person")]
    listed = shape(DOCUMENT, {"type": "array", "items": of("Person"), "maxItems": 3})
    assert (listed.type, listed.bounds, len(listed.rows)) == ("list of Person", ("up to 3 items",), 3)
    assert shape(DOCUMENT, {}).type == "any value"


def test_flat_goes_no_deeper() -> None:
    """A flat shape leaves what is in its fields to other places."""
    schema: Json = {"type": "object", "properties": {"one": of("Person")}}
    assert shape(DOCUMENT, schema).rows[0].rows != ()
    flat = shape(DOCUMENT, of("Map"), flat=True)
    assert flat.rows[0].rows == ()
    assert flat.rows[0].cut


def test_long_trees_end() -> None:
    """However much a payload holds, its tree has a length that can be read."""
    wide: Json = {"type": "object", "properties": {f"f{n}": of("Person") for n in range(100)}}
    rows = shape(DOCUMENT, wide).rows
    assert len(rows) == 100
    assert rows[0].rows != ()
    assert rows[99].rows == ()
    assert rows[99].cut
