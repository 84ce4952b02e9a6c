"""What a descriptor set holds, by name."""

from pathlib import Path

import pytest

from palaver_codegen.documents.protos.compiler import compile_protos
from palaver_codegen.documents.protos.index import Index, has_presence


@pytest.fixture
def index(spec: Path) -> Index:
    """Return the toy's index."""
    folder = spec / "toy"
    return Index(folder, compile_protos(folder, ["bell.proto"])[0], frozenset({"bell.proto"}))


def test_things_have_full_names(index: Index) -> None:
    """Messages, enumerations within them, entries of maps and methods are found by their full names."""
    assert {"toy.bell.RingRequest", "toy.tower.Tower", "google.protobuf.Timestamp"} <= set(index.messages)
    assert set(index.enumerations) == {"toy.tower.Tower.Style"}
    assert set(index.entries) == {"toy.bell.Rung.PitchesEntry"}
    assert list(index.rpcs) == ["toy.bell.Bell/Ring", "toy.bell.Bell/ListBells"]


def test_things_know_their_places(index: Index, spec: Path) -> None:
    """A message, a field and an enumeration are placed where they are written, and keep the comment there."""
    tower = index.messages["toy.tower.Tower"]
    assert str(tower.note.place) == f"{spec / 'toy' / 'tower.proto'}:8:1"
    assert tower.note.comment == "Where bells hang."
    assert index.enumerations["toy.tower.Tower.Style"].note.comment == "How it is built."
    times = index.messages["toy.bell.RingRequest"].notes["times"]
    assert (times.place.line, times.comment) == (16, "How often.")


def test_suppressions_describe_nothing(spec: Path) -> None:
    """What a comment says to the linter is no part of what it says of a field."""
    proto = 'syntax = "proto3";\nmessage Door {\n  // Its colour.\n  // palaver: ignore[property-style] it is old\n'
    (spec / "toy" / "door.proto").write_text(
        f"{proto}  string a_b = 1;\n  string c = 2; // palaver: ignore[x] old\n}}\n"
    )
    compiled, _ = compile_protos(spec / "toy", ["door.proto"])
    notes = Index(spec / "toy", compiled, frozenset({"door.proto"})).messages["Door"].notes
    assert {name: note.comment for name, note in notes.items()} == {"a_b": "Its colour.", "c": ""}


def test_services_of_imported_files_do_not_count(spec: Path) -> None:
    """Only what a listed file serves is to be annotated."""
    (spec / "toy" / "hall.proto").write_text('syntax = "proto3";\nimport "bell.proto";\n')
    compiled, _ = compile_protos(spec / "toy", ["hall.proto"])
    assert Index(spec / "toy", compiled, frozenset({"hall.proto"})).rpcs == {}


def test_presence(index: Index) -> None:
    """Optional fields, members of a oneof and messages may be absent; scalars, lists and maps are always there."""
    fields = {field.name: has_presence(field) for field in index.messages["toy.bell.Rung"].descriptor.field}
    assert fields == {
        "id": False,
        "from": False,
        "text": False,
        "loudness": False,
        "heard_by": False,
        "pitches": False,
        "tower": True,
        "forever": True,
        "seconds": True,
    }
    request = {field.name: has_presence(field) for field in index.messages["toy.bell.RingRequest"].descriptor.field}
    assert request["mood"] is True
