"""Walking schemas."""

from pathlib import Path

import pytest

from palaver_codegen.documents import load_bundle
from palaver_codegen.documents.pointer import find, join
from palaver_codegen.documents.schemas import resolve, schema_roots, within
from palaver_codegen.documents.tree import Json


def test_every_nested_schema_is_visited() -> None:
    """Properties, items in both forms, unions, conditions, maps and definitions all hold schemas."""
    leaf: Json = {"type": "string"}
    schema: Json = {
        "properties": {"a": leaf},
        "patternProperties": {"b": leaf},
        "additionalProperties": leaf,
        "items": [leaf, leaf],
        "prefixItems": [leaf],
        "oneOf": [leaf],
        "not": leaf,
        "if": leaf,
        "$defs": {"c": leaf},
        "examples": [{"properties": {"a": leaf}}],
    }
    visited = list(within(schema))
    assert len(visited) == 11
    assert all(find(schema, join(path)) == found for path, found in visited)


def test_roots_stand_where_they_say(spec: Path) -> None:
    """The path of each root leads to its schema, in both documents."""
    for document in load_bundle(spec / "toy").documents:
        roots = list(schema_roots(document))
        assert len(roots) > 5
        assert [root.path for root in roots if find(document, join(root.path)) is not root.schema] == []


@pytest.mark.parametrize(
    ("reference", "value"), [("#/b", {"type": "null"}), ("#/nothing", None), ("#/loop", None), ("name", None)]
)
def test_references_are_followed_to_the_end(reference: str, value: Json) -> None:
    """A reference to a reference leads to what the last one names; one that leads nowhere, or round, to None."""
    document: Json = {"b": {"$ref": "#/c"}, "c": {"type": "null"}, "loop": {"$ref": "#/loop"}}
    assert resolve(document, {"$ref": reference}) == value
