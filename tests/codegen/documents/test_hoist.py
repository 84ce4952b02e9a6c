"""Naming inline schemas."""

from pathlib import Path

import pytest

from palaver_codegen.documents import load_bundle
from palaver_codegen.documents.hoist import is_model
from palaver_codegen.documents.tree import Json, mapping


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ("asyncapi", {"NoteMood", "NoteFile", "ProblemCode", "Send"}),
        ("openapi", {"NoteMood", "NoteFile", "ProblemCode", "PutNoteBody", "ListNotesResponse", "ListNotesSortBy"}),
    ],
)
def test_names_come_from_the_surroundings(spec: Path, document: str, names: set[str]) -> None:
    """Inline objects and enums of properties, items, payloads, bodies and parameters get a name of their own."""
    schemas = mapping(mapping(getattr(load_bundle(spec / "toy"), document)["components"])["schemas"])
    assert names <= set(schemas)


def test_handshake_stays_where_it_is(spec: Path) -> None:
    """No model is made of the handshake, so its schema is not named."""
    asyncapi = load_bundle(spec / "toy").asyncapi
    assert asyncapi is not None
    main = mapping(mapping(asyncapi["channels"])["main"])
    assert mapping(mapping(main["x-socketio"])["auth"])["type"] == "object"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object", "properties": {"a": {}}}, True),
        ({"type": "object", "additionalProperties": False}, True),
        ({"type": "object", "additionalProperties": True}, False),
        ({"type": "string"}, False),
        ({"$ref": "#/x"}, False),
        (None, False),
    ],
)
def test_only_objects_of_known_properties_are_models(schema: Json, expected: bool) -> None:
    """An object that may hold anything is a dict, not a class."""
    assert is_model(schema) is expected
