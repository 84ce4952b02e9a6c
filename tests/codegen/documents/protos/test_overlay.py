"""What a .proto file cannot say."""

from collections.abc import Callable
from pathlib import Path

from palaver_codegen.documents import load_bundle
from palaver_codegen.documents.tree import Json, mapping

RULES = ("proto-constraint",)


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)


def _schemas(spec: Path) -> dict[str, Json]:
    document = mapping(load_bundle(spec / "toy").document["grpc"])
    return mapping(mapping(document["components"])["schemas"])


def test_constraints_narrow_fields(spec: Path) -> None:
    """Keywords are added to a field's schema, or to that of its items, and replace what the type alone allows."""
    request = mapping(mapping(_schemas(spec)["RingRequest"])["properties"])
    assert request["text"] == {"type": "string", "minLength": 1, "maxLength": 80}
    assert request["times"] == {"type": "integer", "minimum": 1, "maximum": 3, "description": "How often."}
    rung = mapping(mapping(_schemas(spec)["Rung"])["properties"])
    assert rung["heard_by"] == {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}


def test_shared_schema_takes_the_place_of_a_fields_own(spec: Path) -> None:
    """A reference, also to another file, is all that is left of the field's schema."""
    request = mapping(mapping(_schemas(spec)["RingRequest"])["properties"])
    assert request["roomId"] == {"$ref": "#/components/schemas/Id"}


def test_fields_can_be_required(spec: Path) -> None:
    """What may be absent for protobuf can have to be there; what always is stays so, once."""
    assert mapping(_schemas(spec)["RingRequest"])["required"] == ["roomId", "text", "times", "mood"]


def test_message_is_described_and_shown(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """Description, examples and meaning are those of grpc.yaml, the first of them before a comment."""
    edit("toy/grpc.yaml", "  toy.bell.RingAnswer:\n", "  toy.bell.RingAnswer:\n    description: Ringing.\n")
    schemas = _schemas(spec)
    assert mapping(schemas["RingAnswer"])["description"] == "Ringing."
    assert mapping(schemas["Tower"])["description"] == "Where bells hang."
    assert mapping(schemas["Rung"])["x-chat"] == {
        "entity": "message",
        "fields": {"id": "/id", "sender": "/from", "content": "/text"},
    }
