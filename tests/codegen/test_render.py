"""Rendering: the golden tree, and what has to be escaped."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from palaver_codegen.generate import generate

GOLDEN = Path(__file__).parent / "golden"


def test_golden_tree(spec: Path) -> None:
    """The toy is generated as committed, every file and no other.

    After a wanted change: palaver generate --spec tests/codegen/golden/spec --out tests/codegen/golden/expected
    """
    expected = {
        path.relative_to(GOLDEN / "expected").as_posix(): path.read_text()
        for path in (GOLDEN / "expected" / "palaver_wire").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert generate(spec).files == expected


def test_header_names_the_sources_and_no_time(spec: Path) -> None:
    """Every Python file says that it is not to be edited; those of a dialect say where they come from."""
    files = {path: content for path, content in generate(spec).files.items() if path.endswith(".py")}
    assert all(content.startswith("# DO NOT EDIT.") for content in files.values())
    assert "#   spec/toy/openapi.yaml\n" in files["palaver_wire/toy/routes.py"]


def test_quotes_in_documents_do_no_harm(
    edit: Callable[[str, str, str], None], wire: Callable[[str], ModuleType]
) -> None:
    """Quotes, backslashes and line breaks in texts arrive as they are, or as blanks in docstrings."""
    nasty = 'It\'s "all" \\ in """ here: "x"'
    # A JSON string is a YAML string.
    edit("common/errors.yaml", '"The server\'s \\"fault\\"."', json.dumps(nasty))
    edit("toy/asyncapi.yaml", "summary: Send a note", f"summary: {json.dumps(nasty)}")
    errors = wire("toy.errors")
    assert errors.CATALOGUE["INTERNAL"].description == nasty
    assert wire("toy.handlers").EventHandlers.note_send.__doc__ == f"`note:send`: {nasty}."


def test_dialect_of_one_document(
    spec: Path, edit: Callable[[str, str, str], None], wire: Callable[[str], ModuleType]
) -> None:
    """Without REST there are no routes and nothing to handle them; all the rest can be imported."""
    (spec / "toy" / "openapi.yaml").unlink()
    (spec / "toy" / "grpc.yaml").unlink()
    errors = spec / "common" / "errors.yaml"
    lines = errors.read_text().splitlines()
    errors.write_text("\n".join(line for line in lines if "NOT_FOUND" not in line))
    edit("common/schemas.yaml", "NOT_FOUND, ", "")
    with pytest.raises(ModuleNotFoundError):
        wire("toy.routes")
    assert not hasattr(wire("toy.handlers"), "RouteHandlers")
    assert wire("toy.table").EVENTS


def test_dialect_without_calls_has_no_module_of_them(spec: Path) -> None:
    """Where there is no grpc.yaml there is no calls.py."""
    assert "palaver_wire/toy/calls.py" in generate(spec).files
    (spec / "toy" / "grpc.yaml").unlink()
    assert "palaver_wire/toy/calls.py" not in generate(spec).files


def test_descriptors_come_with_the_code(wire: Callable[[str], ModuleType]) -> None:
    """The descriptor set is read from the bundle beside the generated code."""
    assert b"toy.bell" in wire("toy.calls").descriptors()


def test_imports_are_in_order(spec: Path) -> None:
    """Modules are imported in the order of their names, whatever the dialect is called."""
    (spec / "toy").rename(spec / "bee")
    files = generate(spec).files
    for module in ("table", "routes", "calls"):
        lines = files[f"palaver_wire/bee/{module}.py"].splitlines()
        own = [line for line in lines if line.startswith("from palaver_wire.")]
        assert len(own) > 1
        assert own == sorted(own)
