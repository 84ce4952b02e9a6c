"""What rules look at."""

from pathlib import Path

from palaver_codegen.documents import load_bundle
from palaver_codegen.documents.rules.subject import Subject


def test_schemas_of_all_documents_know_their_files(spec: Path) -> None:
    """A schema of any document is placed in the file that it was written in, wherever the bundle put it."""
    subject = Subject(load_bundle(spec / "toy"))
    files = {Path(located.place().file).relative_to(spec).as_posix() for located in subject.schemas}
    assert files == {
        "common/schemas.yaml",
        "toy/asyncapi.yaml",
        "toy/bell.proto",
        "toy/grpc.yaml",
        "toy/openapi.yaml",
        "toy/schemas.yaml",
        "toy/tower.proto",
    }


def test_events_are_those_of_sockets(spec: Path) -> None:
    """Requests and calls are operations, yet no events."""
    subject = Subject(load_bundle(spec / "toy"))
    assert [operation.key for operation in subject.events()] == ["sendNote", "hush", "onNote", "onError"]
    assert len(subject.operations) == 9
