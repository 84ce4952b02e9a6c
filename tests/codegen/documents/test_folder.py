"""Finding the files of a dialect."""

from pathlib import Path

import pytest

from palaver_codegen.documents.folder import Folder, dialect_folder, known_dialects, selected
from palaver_codegen.documents.problems import DocumentsRefused


def test_folders_with_documents_are_dialects(spec: Path) -> None:
    """What is shared is no dialect, and neither is an empty folder."""
    (spec / "empty").mkdir()
    assert known_dialects(spec) == ["toy"]
    assert known_dialects(spec / "nowhere") == []


def test_unknown_dialect_lists_the_known(spec: Path) -> None:
    """A name that is nearly right is guessed, and the known ones are listed."""
    with pytest.raises(DocumentsRefused) as refused:
        dialect_folder(spec, "toys")
    (problem,) = refused.value.problems
    assert problem.rule == "unknown-dialect"
    assert problem.remedy == "did you mean 'toy'? known dialects: toy"


def test_missing_documents_are_told(spec: Path) -> None:
    """A dialect has a document and a catalogue."""
    for name in ("asyncapi.yaml", "openapi.yaml", "grpc.yaml"):
        (spec / "toy" / name).unlink()
    (spec / "common" / "errors.yaml").unlink()
    problems = Folder(spec / "toy").problems
    assert [problem.rule for problem in problems] == ["missing-document", "missing-document"]
    assert {problem.place.file for problem in problems} == {
        str(spec / "toy"),
        str(spec / "common" / "errors.yaml"),
    }


def test_files_are_read_once(spec: Path) -> None:
    """However a file is referred to, it is one source, and its problems are told once."""
    folder = Folder(spec / "toy")
    assert folder.asyncapi is not None
    first = folder.beside(folder.asyncapi, "../common/schemas.yaml")
    assert first is folder.source(spec / "toy" / ".." / "common" / "schemas.yaml")
    assert [source.path.name for source in folder.sources].count("schemas.yaml") == 1


def test_no_documents_are_refused(tmp_path: Path) -> None:
    """A folder without dialects is told as such."""
    with pytest.raises(DocumentsRefused, match="no documents are here"):
        selected(tmp_path, [])


def test_folder_of_documents_is_the_one_dialect(spec: Path) -> None:
    """Whoever names the folder of a dialect means that dialect."""
    assert selected(spec / "toy", []) == [spec / "toy"]
    assert selected(spec, []) == [spec / "toy"]
