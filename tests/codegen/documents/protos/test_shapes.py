"""The JSON Schemas of messages."""

from collections.abc import Callable
from pathlib import Path

import pytest

from palaver_codegen.documents.protos.compiler import compile_protos
from palaver_codegen.documents.protos.index import Index
from palaver_codegen.documents.protos.shapes import Shapes, schema_name
from palaver_codegen.documents.tree import Json, plain

RULES = ("proto-unsupported",)


@pytest.fixture
def shape(tmp_path: Path) -> Callable[[str], Json]:
    """Return a function that gives the schema of the message `M` with these fields."""

    def of(fields: str) -> Json:
        source = (
            f'syntax = "proto3";\npackage p.q;\nmessage M {{ {fields} }}\nmessage N {{}}\nenum E {{ A = 0; B = 1; }}\n'
        )
        (tmp_path / "m.proto").write_text(source)
        compiled, problems = compile_protos(tmp_path, ["m.proto"])
        assert problems == []
        shapes = Shapes(Index(tmp_path, compiled, frozenset()))
        return plain(shapes.schemas[shapes.add("p.q.M")])

    return of


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        ("string", {"type": "string"}),
        ("bool", {"type": "boolean"}),
        ("bytes", {"type": "string"}),
        ("float", {"type": "number"}),
        ("int32", {"type": "integer", "minimum": -2147483648, "maximum": 2147483647}),
        ("uint32", {"type": "integer", "minimum": 0, "maximum": 4294967295}),
        ("uint64", {"type": "string", "pattern": "^-?[0-9]{1,20}$"}),
        ("repeated bool", {"type": "array", "items": {"type": "boolean"}}),
        ("map<int32, bool>", {"type": "object", "additionalProperties": {"type": "boolean"}}),
        ("E", {"$ref": "#/components/schemas/E"}),
    ],
)
def test_field_that_is_always_there(shape: Callable[[str], Json], field: str, schema: Json) -> None:
    """Without presence a field is required, as it always has a value."""
    assert shape(f"{field} x = 1;") == {
        "type": "object",
        "additionalProperties": False,
        "required": ["x"],
        "properties": {"x": schema},
    }


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        ("optional string x = 1;", {"type": "string"}),
        ("oneof y { string x = 1; }", {"type": "string"}),
        ("N x = 1;", {"$ref": "#/components/schemas/N"}),
    ],
)
def test_field_that_may_be_absent(shape: Callable[[str], Json], field: str, schema: Json) -> None:
    """With presence a field may be left out."""
    assert shape(field) == {
        "type": "object",
        "additionalProperties": False,
        "required": [],
        "properties": {"x": schema},
    }


def test_message_may_hold_itself(shape: Callable[[str], Json]) -> None:
    """A message within itself is a reference to its own schema."""
    assert shape("M x = 1;")["properties"] == {"x": {"$ref": "#/components/schemas/M"}}  # type: ignore[index,call-overload]


def test_name_of_a_nested_thing_tells_where_it_is(spec: Path) -> None:
    """The package is left out of a schema's name, the messages around are not."""
    compiled, _ = compile_protos(spec / "toy", ["bell.proto"])
    index = Index(spec / "toy", compiled, frozenset())
    assert schema_name(index, "toy.tower.Tower.Style") == "TowerStyle"
    assert schema_name(index, "toy.bell.Rung") == "Rung"
