"""One document of grpc.yaml and .proto files."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from palaver_codegen.documents import check, load_bundle
from palaver_codegen.documents.tree import Json, mapping

RULES = ("proto-unknown", "rpc-unannotated")


@pytest.fixture
def document(spec: Path) -> dict[str, Json]:
    """Return the toy's document of calls."""
    return mapping(load_bundle(spec / "toy").document["grpc"])


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)


def test_operation_refers_to_what_it_takes_and_gives(document: dict[str, Json]) -> None:
    """Each operation has the schemas of its messages, and the comment in the .proto file where it says nothing."""
    operations = mapping(document["operations"])
    ring = mapping(operations["toy.bell.Bell/Ring"])
    assert ring["request"] == {"$ref": "#/components/schemas/RingRequest"}
    assert ring["response"] == {"$ref": "#/components/schemas/RingAnswer"}
    assert ring["description"] == "Rings the bell in a room."
    assert mapping(operations["toy.bell.Bell/ListBells"])["description"] == "All bells."


def test_schemas_are_those_of_what_is_used(document: dict[str, Json]) -> None:
    """Messages that are taken or given, and all within them, have schemas, also those of imported files."""
    assert set(mapping(mapping(document["components"])["schemas"])) == {
        "Id",
        "ListBellsAnswer",
        "ListBellsRequest",
        "RingAnswer",
        "RingRequest",
        "RingRequestMood",
        "Rung",
        "Tower",
        "TowerStyle",
    }


def test_descriptors_hold_every_file(document: dict[str, Json]) -> None:
    """The set is whole, so that messages can be made of it, and names no place in a file."""
    found = FileDescriptorSet.FromString(base64.b64decode(str(document["descriptors"])))
    assert {file.name for file in found.file} == {"bell.proto", "tower.proto", "google/protobuf/timestamp.proto"}
    assert not any(file.HasField("source_code_info") for file in found.file)


def test_sources_are_named(spec: Path) -> None:
    """The .proto files are among a dialect's sources, what they import included, those of the standard left out."""
    labels = load_bundle(spec / "toy").labels
    assert [Path(label).name for label in labels if label.endswith(".proto")] == ["bell.proto", "tower.proto"]


def test_dialect_without_calls_has_none(spec: Path) -> None:
    """Without grpc.yaml the bundle does not mention it."""
    (spec / "toy" / "grpc.yaml").unlink()
    assert "grpc" not in load_bundle(spec / "toy").document


def test_dialect_of_calls_alone(spec: Path) -> None:
    """A dialect may speak nothing but gRPC."""
    for name in ("asyncapi.yaml", "openapi.yaml"):
        (spec / "toy" / name).unlink()
    _, problems = check(spec / "toy")
    assert {problem.rule for problem in problems} == {"error-unused"}
