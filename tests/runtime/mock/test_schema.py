"""Schemas of a bundle."""

from palaver_runtime.mock.schema import Schema

DOCUMENT = {
    "components": {
        "schemas": {
            "Note": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id"],
                "properties": {"id": {"type": "string", "format": "uuid"}, "tags": {"items": {"maxLength": 2}}},
                "x-chat": {"entity": "message", "fields": {"id": "/id"}},
            },
            "Answer": {"oneOf": [{"type": "null"}, {"properties": {"note": {"$ref": "#/components/schemas/Note"}}}]},
        }
    }
}
NOTE = Schema(DOCUMENT, {"$ref": "#/components/schemas/Note"})
ANSWER = Schema(DOCUMENT, {"$ref": "#/components/schemas/Answer"})


def test_what_is_wrong_has_its_place() -> None:
    """A property that is missing or unknown is named, formats count, and places are below the one that is given."""
    assert [place for place, _ in NOTE.problems({})] == ["/id"]
    found = NOTE.problems({"id": "x", "tags": ["abc"], "more/less": 1}, "/body")
    assert sorted(place for place, _ in found) == ["/body/id", "/body/more~1less", "/body/tags/0"]
    assert NOTE.is_valid({"id": "123e4567-e89b-12d3-a456-426614174000"})


def test_a_pointer_leads_through_references_and_unions() -> None:
    """The schema of a value is found below a union, and an entity says where its fields are."""
    note = ANSWER.below("/note")
    assert note is not None
    assert note.entity() == {"id": "/id"}
    assert note.entity("user") == {}
    item = ANSWER.below("/note/tags/0")
    assert item is not None
    assert item.resolved == {"maxLength": 2}
    assert ANSWER.below("/nothing/there") is None
